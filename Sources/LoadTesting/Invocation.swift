import EventIO
import Foundation
import Glibc
import LoadSupport

/// The invocation of `swift test` that this process belongs to.
///
/// `swift test --parallel` gives each test method a process of its own. They have the same parent,
/// and a parent is told from a later one with the same process id by its start time. A process that
/// was started by anything but `swift test` is an invocation by itself.
struct Invocation {
  /// What a reader of this invocation's reports must know; nil if there is nothing.
  let remark: String?

  private let key: String?

  /// Finds out who started us.
  init() {
    let parent = getppid()
    let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(parent)/exe")
    let name = (program as NSString?)?.lastPathComponent ?? ""
    let arguments = FileManager.default.contents(atPath: "/proc/\(parent)/cmdline") ?? Data()
    let isParallel = arguments.split { $0 == 0 }.contains { $0.elementsEqual("--parallel".utf8) }
    remark =
      isParallel
      ? "run under swift test --parallel, beside other tests: this proves that everything works, it "
        + "does not measure how fast"
      : nil
    // Whatever else started this process, it is an invocation by itself.
    let owner = name.hasBytePrefix("swift") ? parent : getpid()
    key = ProcessTree.Process(owner).map { "\(owner)-\($0.startTicks)" }
  }

  /// The directory of this invocation's recording: the one that a sibling made, or a new one.
  ///
  /// To be called by whoever holds the machine's lock.
  func recording(_ settings: RunSettings) throws -> RecordingLayout {
    let results = settings.resultsDirectory
    guard let key else { return try TestID.makeDirectory(for: settings, at: Date()) }
    let note = "\(results)/.invocations/\(key)"
    if let directory = try? String(contentsOfFile: note, encoding: .utf8),
      FileManager.default.fileExists(atPath: directory)
    {
      return RecordingLayout(directory: directory)
    }
    let recording = try TestID.makeDirectory(for: settings, at: Date())
    try FileManager.default.createDirectory(
      atPath: "\(results)/.invocations",
      withIntermediateDirectories: true
    )
    try recording.directory.write(toFile: note, atomically: true, encoding: .utf8)
    return recording
  }
}
