/// What a run cannot go on without: its directory, its threads.
///
/// Failures of the server are data.
struct RunError: Error, Sendable, CustomStringConvertible {
  let description: String

  /// Makes an error of a sentence.
  init(_ description: String) {
    self.description = description
  }

  /// Says that recordings cannot go where they are to go.
  static func unwritable(_ results: String, _ reason: String) -> RunError {
    RunError(
      "cannot write to the results directory \(results): \(reason); set LOADTEST_RESULTS_DIR to one "
        + "that can be written"
    )
  }
}
