import Foundation

/// A web server on a free port of this machine that answers each request as `answer` says, for tests of downloads.
package final class LoopbackServer: Sendable {
    package enum Answer {
        /// A status, a body, the length to announce, which need not be the body's (nil announces none), and other headers.
        case response(status: Int, body: [UInt8], length: Int?, headers: [String: String] = [:])
        /// Nothing at all, until the client gives up.
        case silence
    }

    /// What a client asks for.
    package struct Request: Sendable {
        package let path: String
        /// The first byte of the range that is asked for; nil for the whole file.
        package let start: Int?

        init(_ text: String) {
            path = text.split(separator: " ").dropFirst().first.map(String.init) ?? ""
            let range = text.split(whereSeparator: \.isNewline).first { $0.lowercased().hasPrefix("range: bytes=") }
            start = range.flatMap { Int($0.dropFirst("range: bytes=".count).prefix { $0.isNumber }) }
        }
    }

    package let port: UInt16
    private let listener: Int32

    package var address: URL { URL(string: "http://127.0.0.1:\(port)/")! }

    /// - Parameter answer: called with each request, on a thread of the server's.
    package init(_ answer: @escaping @Sendable (Request) -> Answer) {
        (listener, port) = Self.listen()
        let listener = listener
        Thread {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                Self.serve(client, answer)
            }
        }.start()
    }

    deinit {
        // Wakes the thread that waits in accept.
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// A port at which nobody listens.
    package static func unusedPort() -> UInt16 {
        let (listener, port) = listen()
        close(listener)
        return port
    }

    private static func listen() -> (socket: Int32, port: UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                precondition(bind(listener, pointer, length) == 0 && Foundation.listen(listener, 8) == 0)
                precondition(getsockname(listener, pointer, &length) == 0)
            }
        }
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    private static func serve(_ client: Int32, _ answer: (Request) -> Answer) {
        var request: [UInt8] = []
        var byte: UInt8 = 0
        while !request.ends(with: "\r\n\r\n".utf8), recv(client, &byte, 1, 0) == 1 { request.append(byte) }
        switch answer(Request(String(decoding: request, as: UTF8.self))) {
        case .response(let status, let body, let length, let others):
            var headers = others.map { "\($0.key): \($0.value)\r\n" }.joined()
            if let length { headers += "Content-Length: \(length)\r\n" }
            send(client, Array("HTTP/1.1 \(status) Test\r\nConnection: close\r\n\(headers)\r\n".utf8) + body)
            close(client)
        case .silence:
            Thread {
                var byte: UInt8 = 0
                while recv(client, &byte, 1, 0) > 0 {}
                close(client)
            }.start()
        }
    }

    private static func send(_ client: Int32, _ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Foundation.send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            // The client may have seen enough.
            guard count > 0 else { return }
            sent += count
        }
    }
}

extension [UInt8] {
    fileprivate func ends(with suffix: some Collection<UInt8>) -> Bool {
        self.suffix(suffix.count).elementsEqual(suffix)
    }
}
