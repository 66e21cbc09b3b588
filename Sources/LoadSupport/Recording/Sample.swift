import EventIO
import Glibc

/// One try to get something done: when, and how it ended.
///
/// Instants are nanoseconds of the monotonic clock. In an open loop `planned` is the scheduled
/// instant, in a closed loop the instant at which the worker was free again, so that
/// `done - planned` counts all waiting (Tene, "How NOT to Measure Latency", on coordinated
/// omission).
package struct Attempt: Sendable, Equatable {
  /// What it came to.
  package var outcome: Outcome

  /// When it was to be sent.
  package var planned: Int64

  /// When the last byte of the request was handed to the kernel; nil if it never was.
  package var sent: Int64?

  /// When the first byte of the answer was read; nil if none came.
  package var firstByte: Int64?

  /// When the first notification of its progress was read, and how many came; nil where none did.
  var firstProgress: Int64?
  var progress: Int?

  /// When it was over.
  package var done: Int64

  /// Nanoseconds spent on opening a connection; nil if one was open.
  package var connecting: Int64?

  /// Nanoseconds of the TLS handshake on that connection, which those do not count; nil if there was none.
  package var handshaking: Int64?

  /// Nanoseconds spent on waiting for the end of the event stream that brought the answer before, for the
  /// connection to be used again; nil if that was not needed.
  package var endingStream: Int64?

  /// Whether that handshake took up an earlier session; nil if there was none.
  package var resumesSession: Bool?

  /// Bytes of the request and of its answer, heads included, as they went over the connection; nil where
  /// nothing was sent, or was not counted.
  var bytesSent: Int64?
  var bytesReceived: Int64?

  /// The HTTP status; nil if none came.
  package var httpStatus: Int?

  /// Seconds that a refusal asked to wait (RFC 9110 §10.2.3).
  var retryAfterSeconds: Int?

  /// Whether an answer to another request came where its own was awaited, by the id that it carried.
  var metForeignAnswer = false

  /// The number of the system's error, such as ECONNREFUSED, that ended it; nil where none did.
  var systemError: Int?

  /// The code of the JSON-RPC error that the answer was; nil where it was none.
  package var rpcCode: Int?

  /// Whether the server said that it did not know the session of the request.
  package var findsNoSession = false

  /// What the server got to know the request by, the parent id of its `traceparent`; nil where it got none.
  package var span: UInt64?

  /// What went wrong, in a sentence; nil for success.
  package var error: String?

  /// An attempt of which only plan and end are known.
  package init(outcome: Outcome, planned: Int64, done: Int64, error: String? = nil) {
    self.outcome = outcome
    self.planned = planned
    self.done = done
    self.error = error
  }

  /// Nanoseconds from the planned instant to the end.
  package var latency: Int64 { done - planned }

  /// Whether nobody listened where it was to connect.
  ///
  /// Recordings made before lines told the number have it in words only.
  var foundNobody: Bool {
    guard outcome == .transportError, sent == nil else { return false }
    if let systemError { return systemError == Int(ECONNREFUSED) }
    return error?.containsBytes(Errno(ECONNREFUSED, "").reason) ?? false
  }
}

/// An attempt with its place in the run: one line of a recording.
package struct Sample: Sendable, Equatable {
  /// The worker that made it, from 0.
  package var worker: Int

  /// What was tried: an operation of the workload, or a step of the session such as `initialize`.
  package var operation: String

  /// The part of the run that it belongs to.
  package var phase: Phase

  /// The step of a scenario with several, such as `workers=2`.
  var step: String?

  /// When and how.
  package var attempt: Attempt

  /// Puts an attempt in its place.
  package init(
    worker: Int,
    operation: String,
    phase: Phase,
    step: String? = nil,
    attempt: Attempt
  ) {
    self.worker = worker
    self.operation = operation
    self.phase = phase
    self.step = step
    self.attempt = attempt
  }
}
