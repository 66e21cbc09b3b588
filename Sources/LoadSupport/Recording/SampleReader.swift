import EventIO
import Glibc

/// Reads the lines of a sample file one after the other, in constant memory.
package struct SampleReader: Sendable {
  /// Lines that are no sample; the last line of a killed run may be one.
  private(set) var unreadableLines = 0

  /// Lines that are samples.
  package private(set) var lines = 0

  private var names = NameTable()

  /// Makes a reader that has read nothing.
  package init() {}

  /// Calls `body` with each sample of a file, instants as offsets from the recording's origin.
  ///
  /// - Throws: when the file cannot be read; lines that are no samples are counted.
  package mutating func read(_ path: String, _ body: (Sample) -> Void) throws(Errno) {
    let file = try RecordedFile.open(path)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    var filled = 0
    var isInsideLongLine = false
    while true {
      let free = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      guard case .bytes(let count) = try file.read(into: free) else { continue }
      filled += count
      var start = 0
      while let length = Self.lineLength(buffer, start, filled) {
        if !isInsideLongLine {
          readLine(UnsafeRawBufferPointer(rebasing: buffer[start..<start + length]), body)
        }
        isInsideLongLine = false
        start += length + 1
      }
      if count == 0 {
        // What a killed run left without a line end.
        if filled > start, !isInsideLongLine { unreadableLines += 1 }
        return
      }
      if start == 0, filled == buffer.count {
        // A line of a megabyte is none of ours; its rest is passed over.
        if !isInsideLongLine { unreadableLines += 1 }
        isInsideLongLine = true
        start = filled
      }
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<filled]))
      filled -= start
    }
  }

  private static func lineLength(
    _ buffer: UnsafeMutableRawBufferPointer,
    _ start: Int,
    _ end: Int
  ) -> Int? {
    guard start < end, let base = buffer.baseAddress,
      let found = memchr(base + start, 0x0A, end - start)
    else { return nil }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base + start)
  }

  private mutating func readLine(_ line: UnsafeRawBufferPointer, _ body: (Sample) -> Void) {
    do throws(JSONError) {
      body(try SampleLine.parse(line, names: &names))
      lines += 1
    } catch {
      unreadableLines += 1
    }
  }
}
