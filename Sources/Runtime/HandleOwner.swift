// SPDX-License-Identifier: Apache-2.0
internal import CUV

/// The Swift side of one libuv handle: keeps itself alive from `open` to libuv's close callback, frees the handle there.
///
/// Shape: `handle.data` points to the owner (retained). Subclasses add the callbacks. Isolation: on the loop.
// @unchecked: confined to its loop's thread, checked by `preconditionCurrent()` in every public entry.
public class HandleOwner: @unchecked Sendable {
    /// The loop whose thread owns the handle.
    public let loop: EventLoop
    let memory: UnsafeMutableRawPointer
    private(set) var isClosing = false

    var handle: UnsafeMutablePointer<uv_handle_t> { memory.assumingMemoryBound(to: uv_handle_t.self) }

    init(loop: EventLoop, type: uv_handle_type) {
        self.loop = loop
        loop.preconditionCurrent()
        memory = .allocate(byteCount: uv_handle_size(type), alignment: 16)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: uv_handle_size(type))
    }

    /// Call once libuv has initialised the handle: from here on the close callback frees it.
    final func own() {
        handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
        loop.ownedHandles.insert(memory)
    }

    /// Frees the memory of a handle that libuv refused to initialise.
    final func discard() {
        memory.deallocate()
    }

    static func of<Owner: HandleOwner>(_ data: UnsafeMutableRawPointer?, as type: Owner.Type = Owner.self) -> Owner {
        guard let data else { preconditionFailure("a libuv handle lost its owner") }
        return unsafeDowncast(Unmanaged<HandleOwner>.fromOpaque(data).takeUnretainedValue(), to: Owner.self)
    }

    /// Closes the handle; further calls do nothing. On the loop.
    public final func close() {
        loop.preconditionCurrent()
        guard !isClosing else { return }
        isClosing = true
        willClose()
        uv_close(handle) { handle in
            guard let data = handle?.pointee.data else { return }
            let owner = Unmanaged<HandleOwner>.fromOpaque(data).takeRetainedValue()
            owner.loop.ownedHandles.remove(owner.memory)
            owner.memory.deallocate()
            owner.didClose()
        }
    }

    func willClose() {}
    func didClose() {}

    /// Closes whatever is still open when the loop ends; handles of C libraries (hiredis) have no owner of ours.
    static func closeAtLoopEnd(_ handle: UnsafeMutablePointer<uv_handle_t>, of loop: EventLoop) {
        if let data = handle.pointee.data, loop.ownedHandles.contains(UnsafeMutableRawPointer(handle)) {
            Unmanaged<HandleOwner>.fromOpaque(data).takeUnretainedValue().close()
        } else {
            uv_close(handle, nil)
        }
    }
}
