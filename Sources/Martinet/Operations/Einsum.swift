import Foundation
import MartinetBase

/// The sum of products that an equation in Einstein's notation says, as `torch.einsum`: `"bij,bjk->bik"` multiplies matrices,
/// `"ii->"` sums a diagonal, `"...c,c->...c"` scales channels.
///
/// Tensors are multiplied from the left to the right, each time by a matrix product.
///
/// - Parameters:
///   - equation: a term of letters for each tensor, divided by commas; a letter stands for an axis, an ellipsis for all that are
///     not named. Behind an arrow the letters of the result; without one these are the letters that come once, in their order.
///   - tensors: as many as terms. Axes of one letter have one size.
public func einsum(_ equation: String, _ tensors: Tensor...) -> Tensor {
    do throws(EinsumEquation.Problem) {
        return try EinsumEquation(equation, shapes: tensors.map(\.shape)).value(of: tensors)
    } catch {
        fail("einsum: expected \(error.expected), found \(error.found)")
    }
}

/// An equation such as "bij,bjk->bik", with the sizes of its labels.
package struct EinsumEquation: Sendable {
    /// Why an equation is none of some tensors.
    package struct Problem: Error {
        package let expected, found: String
    }

    private let inputs: [[Character]]
    private let output: [Character]
    private let sizes: [Character: Int]

    package init(_ equation: String, shapes: [[Int]]) throws(Problem) {
        func require(_ condition: Bool, _ expected: String, _ found: @autoclosure () -> String) throws(Problem) {
            if !condition { throw Problem(expected: expected, found: found()) }
        }
        let text = equation.filter { $0 != " " }
        let sides = text.components(separatedBy: "->")
        let terms = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        try require(
            sides.count <= 2 && terms.count == shapes.count && !shapes.isEmpty,
            "an equation for \(shapes.count) inputs",
            "\"\(text)\"")
        // The axes of an ellipsis are counted from the back, with labels that no equation has.
        func labels(_ term: String, rank: Int?) throws(Problem) -> [Character] {
            let parts = term.components(separatedBy: "...")
            let named = parts.joined()
            try require(
                parts.count <= 2 && named.allSatisfy { $0.isASCII && $0.isLetter }, "letters and one ellipsis",
                "\"\(term)\"")
            guard parts.count == 2 else { return Array(named) }
            let hidden = rank.map { max($0 - named.count, 0) } ?? most
            return Array(parts[0]) + (0..<hidden).reversed().map { Character("\($0)") } + Array(parts[1])
        }
        var most = 0
        var inputs: [[Character]] = []
        var sizes: [Character: Int] = [:]
        for (term, shape) in zip(terms, shapes) {
            let found = try labels(term, rank: shape.count)
            try require(found.count == shape.count, "as many labels as axes in \(shape)", "\"\(term)\"")
            for (label, size) in zip(found, shape) {
                let known = sizes[label] ?? size
                try require(
                    known == size || label.isNumber && (known == 1 || size == 1), "one size for \"\(label)\"",
                    "\(known) and \(size)")
                sizes[label] = max(known, size)
            }
            most = max(most, found.count { $0.isNumber })
            inputs.append(found)
        }
        if sides.count == 2 {
            output = try labels(sides[1], rank: nil)
        } else {
            let all = inputs.flatMap { $0 }
            let once = Set(all.filter { label in !label.isNumber && all.count { $0 == label } == 1 })
            output = (0..<most).reversed().map { Character("\($0)") } + once.sorted()
        }
        try require(
            Set(output).count == output.count && output.allSatisfy { sizes[$0] != nil },
            "an output of the inputs' labels",
            "\"\(text)\"")
        (self.inputs, self.sizes) = (inputs, sizes)
    }

    package var outputShape: [Int] { output.map { sizes[$0]! } }

    /// The shapes of what is computed on the way.
    package var intermediates: [[Int]] {
        func shape(_ labels: Set<Character>) -> [Int] { labels.map { sizes[$0]! } }
        var shapes = inputs.map { shape(Set($0)) }
        var labels = Set(inputs[0])
        for index in inputs.indices.dropFirst() {
            let later = Set(inputs[(index + 1)...].joined()).union(output)
            labels = labels.union(inputs[index]).intersection(later)
            shapes.append(shape(labels))
        }
        return shapes
    }

    package func value(of tensors: [Tensor]) -> Tensor {
        var terms = zip(tensors, inputs).map { diagonal($0, $1) }
        var (result, labels) = terms.removeFirst()
        for (index, term) in terms.enumerated() {
            let later = Set(terms[(index + 1)...].flatMap(\.labels)).union(output)
            (result, labels) = product(result, labels, term.tensor, term.labels, keeping: later)
        }
        (result, labels) = summed(result, labels, keeping: Set(output))
        return arranged(result, labels, as: output)
    }

    /// Without labels that come twice: of those axes the diagonal.
    private func diagonal(_ x: Tensor, _ labels: [Character]) -> (tensor: Tensor, labels: [Character]) {
        var (x, labels) = (x, labels)
        while let label = labels.first(where: { label in labels.count { $0 == label } > 1 }) {
            let first = labels.firstIndex(of: label)!
            let second = labels.lastIndex(of: label)!
            let rest = labels.indices.filter { $0 != first && $0 != second }
            let size = x.shape[first]
            let shape = rest.map { x.shape[$0] }
            x = x.permuted(rest + [first, second]).reshaped(shape + [size * size])
                .selecting((0..<size).map { $0 * (size + 1) }, axis: rest.count)
            labels = rest.map { labels[$0] } + [label]
        }
        return (x, labels)
    }

    private func summed(_ x: Tensor, _ labels: [Character], keeping: Set<Character>) -> (Tensor, [Character]) {
        let axes = labels.indices.filter { !keeping.contains(labels[$0]) }
        return axes.isEmpty ? (x, labels) : (x.sum(axes: axes), labels.filter(keeping.contains))
    }

    /// In the order of `target`, spread over those of its labels that `x` has not or has with size 1.
    private func arranged(_ x: Tensor, _ labels: [Character], as target: [Character]) -> Tensor {
        let known = target.filter(labels.contains)
        let ordered = x.permuted(known.map { labels.firstIndex(of: $0)! })
        var sizes = ordered.shape[...]
        let shape = target.map { labels.contains($0) ? sizes.removeFirst() : 1 }
        return ordered.reshaped(shape).broadcast(to: target.map { self.sizes[$0]! })
    }

    /// The sum of products of two tensors over the labels that both have and nobody needs any more: a matrix product for each
    /// element of the labels that both keep.
    private func product(
        _ a: Tensor, _ labelsA: [Character], _ b: Tensor, _ labelsB: [Character], keeping: Set<Character>
    ) -> (Tensor, [Character]) {
        let (a, labelsA) = summed(a, labelsA, keeping: keeping.union(labelsB))
        let (b, labelsB) = summed(b, labelsB, keeping: keeping.union(labelsA))
        let both = labelsA.filter(labelsB.contains)
        let (batch, inner) = (both.filter(keeping.contains), both.filter { !keeping.contains($0) })
        let (rows, columns) = (labelsA.filter { !both.contains($0) }, labelsB.filter { !both.contains($0) })
        func count(_ labels: [Character]) -> Int { labels.reduce(1) { $0 * sizes[$1]! } }
        let left = arranged(a, labelsA, as: batch + rows + inner).reshaped([count(batch), count(rows), count(inner)])
        let right = arranged(b, labelsB, as: batch + inner + columns)
            .reshaped([count(batch), count(inner), count(columns)])
        let labels = batch + rows + columns
        return (matmul(left, right).reshaped(labels.map { sizes[$0]! }), labels)
    }
}
