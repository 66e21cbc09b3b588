import EventIO

/// An iteration of one worker without a server: requests are put together and answers that are given are
/// read as in a load, so that what both cost can be measured.
package final class CallRehearsal {
  private let calls: WorkloadCalls
  private let values: WorkerValues
  private let reader: AnswerReader
  private let answers: [(call: WorkloadCalls.Call, body: [UInt8])]
  private var captures = AnswerCaptures()
  private var message: [UInt8] = []
  private var body: [UInt8] = []

  /// The id of all requests, which the answers carry.
  package static let id: Int64 = 7

  /// What the last answer was that was not right; nil if all were.
  package private(set) var fault: String?

  /// Prepares an iteration that calls these operations and is given these answers.
  package init(
    _ workload: Workload,
    answers: [(operation: String, body: String)],
    data: DataRows = .none
  ) throws(WorkloadError) {
    calls = try WorkloadCalls(
      workload,
      profile: .standard,
      target: SSHTarget(host: "127.0.0.1", port: 22),
      data: data
    )
    values = WorkerValues(calls, worker: 0, of: 1, seed: 1)
    reader = AnswerReader(.standard)
    var steps: [(call: WorkloadCalls.Call, body: [UInt8])] = []
    for answer in answers {
      guard let call = calls.call(named: answer.operation) else {
        throw WorkloadError(at: ["operations"], "there is no \(answer.operation)")
      }
      steps.append((call, Array(answer.body.utf8)))
    }
    self.answers = steps
  }

  /// Does the iteration so many times, and gives the number of answers that were right.
  package func run(_ iterations: Int) -> Int {
    let session = [SlotValue(plain: "ssh-1".utf8)]
    var right = 0
    for _ in 0..<iterations where values.beginIteration() {
      for answer in answers {
        guard let template = answer.call.template else { continue }
        template.write(
          id: Self.id,
          values.values(for: answer.call, in: session),
          head: [],
          to: &message,
          body: &body
        )
        right += answer.body.withUnsafeBytes { body in
          let verdict = Classification(
            status: 200,
            body: body,
            expecting: Self.id,
            demanding: template.demand,
            reader: template.reader ?? reader,
            into: &captures
          )
          guard verdict.outcome == .success else {
            fault = verdict.error
            return 0
          }
          values.take(captures, in: body, for: answer.call)
          return 1
        }
      }
    }
    return right
  }

  /// Reads the answers so many times as if nothing were wanted of their results, and gives how many there
  /// were.
  package func read(_ iterations: Int) -> Int {
    var read = 0
    for _ in 0..<iterations {
      for answer in answers {
        answer.body.withUnsafeBytes { body in
          let reply = try? RPCReply(
            parsing: body,
            expecting: Self.id,
            plan: .nothing,
            into: &captures
          )
          if reply?.isPlainSuccess == true { read += 1 }
        }
      }
    }
    return read
  }
}
