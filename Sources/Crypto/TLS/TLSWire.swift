// SPDX-License-Identifier: Apache-2.0
import COpenSSL

/// OpenSSL's view of the wire: a BIO that reads what its session has just received and writes into the session's output.
enum TLSWire {
    /// Made once, immutable from then on.
    nonisolated(unsafe) static let method: OpaquePointer? = make()

    private static func make() -> OpaquePointer? {
        guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "mve wire") else { return nil }
        BIO_meth_set_create(method) { bio in
            BIO_set_init(bio, 1)
            return 1
        }
        BIO_meth_set_read(method) { bio, target, count in
            guard let target, count > 0, let session = TLSWire.session(of: bio) else { return -1 }
            let taken = min(Int(count), session.input.count)
            BIO_clear_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
            guard taken > 0, let source = session.input.baseAddress else {
                BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
                return -1
            }
            UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: taken)
            session.input = UnsafeRawBufferPointer(rebasing: session.input[taken...])
            return Int32(taken)
        }
        BIO_meth_set_write(method) { bio, source, count in
            guard let source, count > 0, let session = TLSWire.session(of: bio) else { return -1 }
            BIO_clear_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
            session.output.append(contentsOf: UnsafeRawBufferPointer(start: source, count: Int(count)))
            return count
        }
        // A flush has nothing to do; everything else (kernel TLS, positions) is not for us.
        BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        return method
    }

    private static func session(of bio: OpaquePointer?) -> TLSServerSession? {
        guard let data = BIO_get_data(bio) else { return nil }
        return Unmanaged<TLSServerSession>.fromOpaque(data).takeUnretainedValue()
    }
}
