// SPDX-License-Identifier: Apache-2.0

/// Writes JSON as plain appends to a byte buffer.
///
/// Members come out in the order they are written, integers exactly, strings with the shortest escapes (`/` is not
/// escaped). The writer places the commas; that every member name is followed by one value is the caller's structure:
/// ```swift
/// var json = JSONWriter()
/// json.object { json in
///     json.field("id", order.id)
///     json.field("version", 3)
///     json.object("total") { json in
///         json.field("amount", 129_900)
///         json.field("currency", "INR")
///     }
///     json.array("lines") { json in
///         for line in lines { json.object { json in json.field("sku", line.sku) } }
///     }
///     json.field("note", Optional<String>.none)      // "note":null
/// }
/// return HTTPResponse(json: json)
/// ```
/// - Ownership: not copyable; it owns its buffer, and `bytes` copies what was written once into an array of its size.
/// - Cost: one growing buffer; reserve it when the size is known.
public struct JSONWriter: ~Copyable, @unchecked Sendable {
    // Raw memory instead of an array: an answer is a thousand small appends, and an array asks before each one whether it
    // is shared. Sendable, because the memory is this value's alone.
    @usableFromInline var base: UnsafeMutablePointer<UInt8>
    @usableFromInline var capacity: Int
    @usableFromInline var written = 0
    @usableFromInline var needsComma = false

    /// An empty writer with room for `capacity` bytes.
    public init(capacity: Int = 256) {
        self.capacity = max(capacity, 64)
        base = .allocate(capacity: self.capacity)
    }

    deinit {
        base.deallocate()
    }

    /// Octets written so far.
    @inlinable
    public var count: Int { written }

    /// What has been written so far.
    public var bytes: [UInt8] {
        withBytes { Array($0) }
    }

    /// Lends what has been written so far, without a copy.
    @inlinable
    public func withBytes<Result: ~Copyable>(_ use: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        use(UnsafeBufferPointer(start: base, count: written))
    }

    // MARK: Containers

    /// Writes an object as the next value.
    @inlinable
    public mutating func object<E: Error>(_ members: (inout JSONWriter) throws(E) -> Void) throws(E) {
        open(UInt8(ascii: "{"))
        try members(&self)
        close(UInt8(ascii: "}"))
    }

    /// Writes an array as the next value.
    @inlinable
    public mutating func array<E: Error>(_ elements: (inout JSONWriter) throws(E) -> Void) throws(E) {
        open(UInt8(ascii: "["))
        try elements(&self)
        close(UInt8(ascii: "]"))
    }

    /// Writes a member whose value is an object.
    @inlinable
    public mutating func object<E: Error>(
        _ name: StaticString, _ members: (inout JSONWriter) throws(E) -> Void
    ) throws(E) {
        key(name)
        try object(members)
    }

    /// Writes a member whose value is an array.
    @inlinable
    public mutating func array<E: Error>(
        _ name: StaticString, _ elements: (inout JSONWriter) throws(E) -> Void
    ) throws(E) {
        key(name)
        try array(elements)
    }

    // MARK: Members

    /// Writes a member name that is a literal of ours: plain characters, nothing to escape.
    @inlinable
    public mutating func key(_ name: StaticString) {
        let length = name.utf8CodeUnitCount
        reserve(length &+ 4)
        put(comma: needsComma)
        put(UInt8(ascii: "\""))
        put(UnsafeBufferPointer(start: name.utf8Start, count: length))
        put(UInt8(ascii: "\""))
        put(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a member name that is data, escaped.
    public mutating func key(dynamic name: String) {
        value(name)
        colon()
    }

    /// Writes a member.
    @inlinable
    public mutating func field(_ name: StaticString, _ value: String) {
        key(name)
        self.value(value)
    }

    /// Writes a member.
    @inlinable
    public mutating func field(_ name: StaticString, _ value: Int) {
        key(name)
        self.value(Int64(value))
    }

    /// Writes a member.
    @inlinable
    public mutating func field(_ name: StaticString, _ value: Int64) {
        key(name)
        self.value(value)
    }

    /// Writes a member.
    @inlinable
    public mutating func field(_ name: StaticString, _ value: Bool) {
        key(name)
        self.value(value)
    }

    /// Writes a member of any type that writes itself; `nil` is written as `null`.
    @inlinable
    public mutating func field(_ name: StaticString, _ value: some JSONWritable) {
        key(name)
        value.write(to: &self)
    }

    /// Writes a member unless its value is absent.
    @inlinable
    public mutating func fieldIfPresent(_ name: StaticString, _ value: (some JSONWritable)?) {
        if let value { field(name, value) }
    }

    /// Writes a member whose value is ready-made JSON.
    @inlinable
    public mutating func field(_ name: StaticString, raw json: some Sequence<UInt8>) {
        key(name)
        raw(json)
    }

    /// Writes the member `name` with the value `null`.
    @inlinable
    public mutating func nullField(_ name: StaticString) {
        key(name)
        null()
    }

    // MARK: Values

    /// Writes a string.
    public mutating func value(_ value: String) {
        var value = value
        value.withUTF8 { string($0) }
    }

    /// Writes a string of at most `countMax` plain characters, nothing of which needs an escape, that `append` puts straight
    /// into the buffer: ids, times and the like, without a string in between.
    @inlinable
    public mutating func plainString(countMax: Int, _ append: (inout OutputSpan<UInt8>) -> Void) {
        reserve(countMax &+ 3)
        put(comma: needsComma)
        put(UInt8(ascii: "\""))
        let room = UnsafeMutableBufferPointer(start: base + written, count: countMax)
        var span = OutputSpan(buffer: room, initializedCount: 0)
        append(&span)
        written &+= span.finalize(for: room)
        put(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Writes an integer.
    @inlinable
    public mutating func value(_ value: Int) {
        self.value(Int64(value))
    }

    /// Writes an integer.
    public mutating func value(_ value: Int64) {
        // A comma, a sign and the 19 digits of the longest.
        reserve(21)
        put(comma: needsComma)
        put(decimal: value)
        needsComma = true
    }

    /// Writes a boolean.
    @inlinable
    public mutating func value(_ value: Bool) {
        literal(value ? "true" : "false")
    }

    /// Writes any value that writes itself.
    @inlinable
    public mutating func value(_ value: some JSONWritable) {
        value.write(to: &self)
    }

    /// Writes `null`.
    @inlinable
    public mutating func null() {
        literal("null")
    }

    /// Writes ready-made JSON (one whole value) as it is.
    @inlinable
    public mutating func raw(_ json: some Sequence<UInt8>) {
        let isDone: Void? = json.withContiguousStorageIfAvailable { raw($0) }
        if isDone == nil { raw(Array(json)) }
    }

    /// Writes ready-made JSON (one whole value) as it is.
    public mutating func raw(_ json: UnsafeBufferPointer<UInt8>) {
        reserve(json.count &+ 1)
        put(comma: needsComma)
        put(json)
        needsComma = true
    }

    @usableFromInline
    mutating func literal(_ text: StaticString) {
        text.withUTF8Buffer { raw($0) }
    }
}
