import EventIO

/// The files that a load is recorded in, each with its writer.
struct RecordingFiles: Sendable {
  /// One for each worker, or for each loop where workers are many.
  let samples: [LineWriter]

  let events: LineWriter
  let serverMetrics: LineWriter
  let generator: LineWriter

  /// Above this many workers, those of one loop share a file.
  private static let fileLimit = 256

  /// Makes the files.
  init(_ layout: ScenarioLayout, workers: Int, loops: Int) throws(RecordingError) {
    events = try LineWriter(path: layout.events)
    serverMetrics = try LineWriter(path: layout.serverMetrics)
    generator = try LineWriter(path: layout.generator)
    var samples: [LineWriter] = []
    for index in 0..<(workers > Self.fileLimit ? loops : workers) {
      samples.append(try LineWriter(path: layout.samples(index)))
    }
    self.samples = samples
  }

  private var all: [LineWriter] { samples + [events, serverMetrics, generator] }

  /// Puts lines on disk twice a second until the task is cancelled; lines that cannot be written end the
  /// run.
  func flushRegularly(_ control: RunControl) async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(500))
      for file in all {
        file.flush()
        if let failure = file.failure { control.fail(reason: "\(failure)") }
      }
    }
  }

  /// Puts all lines on disk, and throws the first failure when all files are closed.
  func close() async throws(RecordingError) {
    var first: RecordingError?
    for file in all {
      do throws(RecordingError) {
        try await file.close()
      } catch {
        first = first ?? error
      }
    }
    if let first { throw first }
  }
}
