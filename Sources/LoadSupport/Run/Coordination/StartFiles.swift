import EventIO
import Foundation
import Glibc

/// The files by which the parts of a load meet, on storage that they share.
///
/// Each part renews a file of its own while it is ready, which also has a client of NFS look at the directory anew;
/// the first writes one that says when all begin. They are anybody's: no link is followed, their sizes are bounded,
/// and what is in them is held against what can be.
struct StartFiles: Sendable {
  /// That a part is ready.
  struct Ready: Sendable, Equatable, Codable {
    let part: RecordingPart

    /// Changes as long as that start of the part lives: what an earlier one left never does.
    let beat: Int

    /// Why it will not begin; nil while it is ready.
    var failure: Refusal?
  }

  /// Why a part will not begin.
  struct Refusal: Sendable, Equatable, Codable {
    let reason: String

    /// When it gave up, in milliseconds since 1970.
    let epochMilliseconds: Double

    /// How long ago that was by two machines' clocks, in either direction.
    func age(at now: ClockOrigin) -> Duration {
      .milliseconds(min(1e12, abs(now.epochMilliseconds - epochMilliseconds)))
    }

    private enum CodingKeys: String, CodingKey {
      case reason
      case epochMilliseconds = "epoch_ms"
    }
  }

  /// When all begin.
  struct Start: Sendable, Equatable, Codable {
    let runID: String
    let epochMilliseconds: Double

    /// The start of each part that begins then, in the order of their indices.
    let attempts: [String]

    private enum CodingKeys: String, CodingKey {
      case runID = "run_id"
      case epochMilliseconds = "epoch_ms"
      case attempts
    }
  }

  /// The path of the file that says when all begin.
  let path: String

  /// The part that meets others.
  let own: RecordingPart

  /// The longest file that is read: a thousand attempts have half of that.
  private static let longest = 65_536

  private func readyPath(_ index: Int) -> String { "\(path).ready.\(index)" }

  /// Says that a part is ready, and that it still lives.
  func write(_ ready: Ready) throws(StartError) {
    do {
      try ResultFile.write(RecordingJSON.encodeFile(ready), to: readyPath(ready.part.index))
    } catch {
      throw StartError(Failure.sentence(error))
    }
  }

  /// Takes back that a part is ready.
  func removeReady(_ index: Int) { unlink(readyPath(index)) }

  /// Whether a part has not taken it back.
  func isReady(_ index: Int) -> Bool { access(readyPath(index), F_OK) == 0 }

  /// What a part says; nil if it has said nothing that can be read.
  func ready(_ index: Int) throws(StartError) -> Ready? {
    let path = readyPath(index)
    guard let ready = try read(Ready.self, at: path), ready.part.isPossible,
      ready.part.index == index
    else { return nil }
    try check(ready.part.runID, ready.part.of, at: path)
    return ready
  }

  /// When all begin; nil if nothing says so yet.
  func start() throws(StartError) -> Start? {
    guard let start = try read(Start.self, at: path), RecordingPart.isRunID(start.runID),
      (0...1e15).contains(start.epochMilliseconds)
    else { return nil }
    try check(start.runID, start.attempts.count, at: path)
    return start
  }

  /// Forgets what an earlier try of the run left.
  func removeStart() { unlink(path) }

  /// Says when all begin, unless somebody has said so.
  func create(_ start: Start) throws(StartError) {
    do {
      let bytes = try Array(RecordingJSON.encodeFile(start))
      try Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644).writeAll(bytes)
    } catch let error as Errno where error.code == EEXIST {
      throw StartError("part 0 was started twice, and \(path) is by its other start")
    } catch {
      throw StartError(
        "cannot write \(path), which says when all parts begin: \(Failure.reason(error))"
      )
    }
  }

  private func check(_ runID: String, _ count: Int, at path: String) throws(StartError) {
    guard !runID.hasSameBytes(as: own.runID) || count != own.of else { return }
    throw StartError(
      "\(path) is of the run \(runID) of \(count) parts, and this is a part of the run \(own.runID) of \(own.of): "
        + "remove it, or name another file by --start-at"
    )
  }

  private func read<Value: Decodable>(
    _ type: Value.Type,
    at path: String
  ) throws(StartError) -> Value? {
    do {
      let file = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      var status = stat()
      var bytes = [UInt8](repeating: 0, count: Self.longest + 1)
      guard fstat(file.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
        case let count = pread(file.rawValue, &bytes, bytes.count, 0),
        (0...Self.longest).contains(count)
      else { throw StartError("\(path) is no file by which parts could meet: remove it") }
      // It may still be being written.
      return try? JSONDecoder().decode(type, from: Data(bytes[..<count]))
    } catch let error as StartError {
      throw error
    } catch let error as Errno where error.code == ENOENT {
      return nil
    } catch {
      throw StartError(
        "cannot read \(path), by which the parts meet: \(Failure.reason(error))"
      )
    }
  }
}

/// Why a part does not begin with the others, in a sentence.
struct StartError: Error, Sendable, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
