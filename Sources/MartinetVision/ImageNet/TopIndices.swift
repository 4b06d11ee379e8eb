/// The places of the largest values, counted from the slice's start, the largest first; of equal ones the first first.
///
/// - Parameters:
///   - values: what is compared.
///   - count: how many places; no more than there are values.
package func topIndices(_ values: ArraySlice<Float>, _ count: Int) -> [Int] {
    let start = values.startIndex
    return Array(values.indices.sorted { values[$0] != values[$1] ? values[$0] > values[$1] : $0 < $1 }.prefix(count))
        .map { $0 - start }
}
