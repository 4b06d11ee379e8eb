import COpenSSL
import MartinetBase

/// The checksum that a file must have.
package enum Checksum: Sendable, Equatable {
    /// SHA-256 (FIPS 180-4) in lowercase hexadecimal digits: all 64, or those that it starts with.
    case sha256(String)
    /// MD5 (RFC 1321) in lowercase hexadecimal digits: protects from accidents, not from forgery.
    case md5(String)

    /// The digits that are expected.
    package var digits: String {
        switch self {
        case .sha256(let digits), .md5(let digits): digits
        }
    }

    package var name: String {
        switch self {
        case .sha256: "SHA-256"
        case .md5: "MD5"
        }
    }

    /// Computes what is compared with it.
    package func makeDigest() -> Digest {
        switch self {
        case .sha256: Digest(.sha256)
        case .md5: Digest(.md5)
        }
    }

    /// Whether a file's digest is as expected.
    package func matches(_ digest: String) -> Bool { digest.hasPrefix(digits) }
}

/// The digest of bytes that come in pieces.
package final class Digest {
    package enum Algorithm { case sha256, md5 }

    private let context: OpaquePointer

    package init(_ algorithm: Algorithm) {
        let type = algorithm == .sha256 ? EVP_sha256() : EVP_md5()
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, type, nil) == 1 else {
            fatalError("OpenSSL has no \(algorithm)")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    package func update(_ bytes: UnsafeRawBufferPointer) {
        let status = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        require(status == 1, "OpenSSL failed at a digest")
    }

    /// The digest in lowercase hexadecimal digits; ends the computation.
    package func finish() -> String {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        let status = EVP_DigestFinal_ex(context, &digest, &count)
        require(status == 1, "OpenSSL failed at a digest")
        return digest.prefix(Int(count)).map { hexadecimal($0).dropFirst(2) }.joined()
    }
}
