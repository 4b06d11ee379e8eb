import COpenSSL

/// SHA-256 (FIPS 180-4) of bytes that come in pieces.
package final class SHA256 {
    private let context: OpaquePointer

    package init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            fatalError("OpenSSL has no SHA-256")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    package func update(_ bytes: UnsafeRawBufferPointer) {
        let status = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(status == 1, "OpenSSL failed at SHA-256")
    }

    /// The digest in lowercase hexadecimal digits; ends the computation.
    package func finish() -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        let status = EVP_DigestFinal_ex(context, &digest, nil)
        precondition(status == 1, "OpenSSL failed at SHA-256")
        return digest.map { hexadecimal($0).dropFirst(2) }.joined()
    }
}
