import EventIO
import Foundation
import Glibc
import Synchronization

/// What kept lines from reaching the disk.
package struct RecordingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file concerned.
  let path: String

  /// The failed call.
  let cause: Errno

  /// Lines that are lost because of it.
  var linesLost: Int

  package var description: String {
    let lines = linesLost == 1 ? "1 line" : "\(linesLost) lines"
    let lost = linesLost == 0 ? "" : " (\(lines) could not be written)"
    return "\(path): \(cause)\(lost); what was recorded before is whole"
  }
}

/// Appends lines to a file from a loop, without the loop ever waiting for the disk.
///
/// The loop fills a buffer and hands it over whole; a queue of its own writes it. A file holds only
/// whole lines: each write ends with one, and what a full disk cut off is taken back.
package final class LineWriter: Sendable {
  private let path: String
  private let disk: DiskFile

  /// A buffer is handed over early when it has grown to this many bytes.
  private static let handOverSize = 64 * 1024

  /// Lines that are not handed over yet; touched by one loop only.
  private let pending: Mutex<Pending>

  private struct Pending {
    var bytes: [UInt8] = []
    var lines = 0
  }

  /// Creates the file, or truncates it.
  package init(path: String) throws(RecordingError) {
    self.path = path
    do throws(Errno) {
      disk = DiskFile(
        path: path,
        descriptor: try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
      )
    } catch {
      throw RecordingError(path: path, cause: error, linesLost: 0)
    }
    pending = Mutex(Pending())
  }

  /// Adds what `body` appends as one line.
  func appendLine(_ body: (inout [UInt8]) -> Void) {
    let isFull = pending.withLock { pending in
      body(&pending.bytes)
      pending.lines += 1
      return pending.bytes.count >= Self.handOverSize
    }
    if isFull { flush() }
  }

  /// Hands over what has been added, to be written soon.
  package func flush() {
    let taken = pending.withLock { pending in
      let taken = pending
      pending.bytes = []
      if !taken.bytes.isEmpty { pending.bytes.reserveCapacity(Self.handOverSize + 1024) }
      pending.lines = 0
      return taken
    }
    if taken.lines > 0 { disk.append(taken.bytes, lines: taken.lines) }
  }

  /// Hands over everything and waits until it is in the file.
  ///
  /// - Throws: the first thing that went wrong since the file was opened, with the lines lost.
  package func close() async throws(RecordingError) {
    flush()
    await disk.drain()
    if let failure { throw failure }
  }

  /// What has gone wrong so far.
  var failure: RecordingError? { disk.failure }
}

/// The writing end of a file: a serial queue that appends whole blocks.
private final class DiskFile: Sendable {
  private static let queue = DispatchQueue(label: "recording", qos: .utility)

  private let path: String
  private let descriptor: Descriptor
  private let state = Mutex(State())

  private struct State {
    var length: Int64 = 0
    var failure: RecordingError?
  }

  init(path: String, descriptor: consuming Descriptor) {
    self.path = path
    self.descriptor = descriptor
  }

  var failure: RecordingError? { state.withLock { $0.failure } }

  func append(_ bytes: [UInt8], lines: Int) {
    Self.queue.async { [self] in
      state.withLock { state in
        guard state.failure == nil else {
          state.failure?.linesLost += lines
          return
        }
        do throws(Errno) {
          try descriptor.writeAll(bytes)
          state.length += Int64(bytes.count)
        } catch {
          // Half a block must not leave half a line behind.
          _ = ftruncate(descriptor.rawValue, off_t(state.length))
          state.failure = RecordingError(path: path, cause: error, linesLost: lines)
        }
      }
    }
  }

  func drain() async {
    await withCheckedContinuation { continuation in
      Self.queue.async { continuation.resume() }
    }
  }
}
