/// `0x1f`, with all digits of the type.
package func hexadecimal<Number: FixedWidthInteger>(_ value: Number) -> String {
    let digits = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: max(0, Number.bitWidth / 4 - digits.count)) + digits
}
