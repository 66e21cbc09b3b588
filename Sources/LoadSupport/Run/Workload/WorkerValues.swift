import EventIO

/// What fills the slots of one worker's calls: counters, random letters, the present rows of data, and the
/// values that answers have given.
///
/// Confined to the worker's loop. It allocates nothing once its storage has grown.
final class WorkerValues {
  private let calls: WorkloadCalls
  private let worker: Int
  private let workers: Int

  /// The values of all slots.
  private var values: [SlotValue]

  /// The slots that each iteration fills.
  private let filled: [Int]

  /// What the setup has captured, which stays.
  private var afterSetup: [SlotValue] = []

  /// Which row of its own a worker has of each table, and where random ones are drawn from.
  private var cursors: [Cursor] = []
  private var letters: SeededRandom

  /// The iterations that have begun.
  private var iterations = 0

  /// What must not be shown of a server's words: present values that header fields are filled with.
  private(set) var secrets: [Secret] = []

  /// A worker's place in a table.
  private struct Cursor {
    let count: Int
    var random: SeededRandom

    /// How many of its own rows have been taken; the present one is the last of them.
    var taken = 0
    var row = 0
  }

  /// Makes the values of a worker of so many, with its first row of each table.
  init(_ calls: WorkloadCalls, worker: Int, of workers: Int, seed: UInt64) {
    (self.calls, self.worker, self.workers) = (calls, worker, workers)
    values = Array(repeating: SlotValue(), count: calls.slots.sources.count)
    filled = calls.slots.sources.indices.filter { slot in
      switch calls.slots.sources[slot] {
      case .worker, .iteration, .counter, .data: true
      case .session, .random, .captured: false
      }
    }
    let random = SeededRandom(seed: seed)
    letters = random.stream(named: "letters").stream(worker)
    cursors = calls.data.tables.map { table in
      Cursor(
        count: table.rowCount(ofWorker: worker, of: workers),
        random: random.stream(named: "rows \(table.name)").stream(worker)
      )
    }
    for table in cursors.indices { advance(table) }
    for (slot, source) in calls.slots.sources.enumerated() {
      if case .random(let length) = source { values[slot].set(randomLetters: length, &letters) }
    }
    fill()
  }

  /// The header fields of all the worker's requests, ready to be written.
  var headers: [String: Secret] {
    var headers: [String: Secret] = [:]
    for field in calls.headers {
      var template = ByteTemplate()
      template.append(field.parts, in: .field)
      var value: [UInt8] = []
      template.fill(id: 0, values, into: &value)
      var written: [UInt8] = []
      written.appendFieldValue(value)
      headers[field.name] = Secret(String(decoding: written, as: UTF8.self))
    }
    return headers
  }

  // MARK: Iterations

  /// Begins the next iteration with rows of its own; false if the rows of a table are used up with which the
  /// worker ends.
  func beginIteration() -> Bool {
    if iterations == 0 {
      afterSetup = Array(values[0...calls.slots.captureNames.count])
    } else {
      for table in cursors.indices where isUsedUp(table) {
        forget()
        return false
      }
      for table in cursors.indices { advance(table) }
    }
    forget()
    iterations += 1
    fill()
    return true
  }

  private func isUsedUp(_ table: Int) -> Bool {
    let data = calls.data.tables[table]
    return data.atEnd == .stop && data.order == .inTurn
      && cursors[table].taken >= cursors[table].count
  }

  private func advance(_ table: Int) {
    let count = cursors[table].count
    let own =
      calls.data.tables[table].order == .random
      ? Int.random(in: 0..<count, using: &cursors[table].random) : cursors[table].taken % count
    cursors[table].row = calls.data.tables[table].row(own, ofWorker: worker, of: workers)
    cursors[table].taken += 1
  }

  /// Has of all captured values only those of the setup, as before each iteration and for the teardown.
  func forget() {
    if calls.slots.captureNames.isEmpty { return }
    for slot in 1..<1 + calls.slots.captureNames.count where slot < afterSetup.count {
      if afterSetup[slot].isSet { values[slot].set(afterSetup[slot]) } else { values[slot].clear() }
    }
  }

  /// Fills all slots that stay the same during an iteration.
  private func fill() {
    let iteration = max(iterations - 1, 0)
    for slot in filled {
      switch calls.slots.sources[slot] {
      case .worker: values[slot].set(worker)
      case .iteration: values[slot].set(iteration)
      case .counter: values[slot].set(iteration * workers + worker)
      case .data(let table, let column):
        calls.data.tables[table].fill(&values[slot], row: cursors[table].row, column: column)
      case .session, .random, .captured: break
      }
    }
    gatherSecrets()
  }

  private func gatherSecrets() {
    if calls.slots.shownNowhere.isEmpty { return }
    secrets = calls.slots.shownNowhere.sorted().map { Secret(values[$0].string) }
      .filter { $0.value.utf8.count >= Secret.leastBytes }
  }

  // MARK: Calls

  /// Whether all that a call needs of answers has been carried on: a setup that failed has given nothing.
  func suffice(for call: WorkloadCalls.Call) -> Bool {
    call.needs.allSatisfy { values[$0].isSet }
  }

  /// What fills the slots of a call, in the SSH session that it is made in.
  func values(for call: WorkloadCalls.Call, in session: [SlotValue] = []) -> [SlotValue] {
    for (slot, length) in call.randoms {
      values[slot].set(randomLetters: length, &letters)
    }
    if let session = session.first { values[0] = session } else { values[0].clear() }
    return values
  }

  /// Keeps what the right answer to a call over a lane has for later ones.
  func take(capturesOf lane: MCPLane, for call: WorkloadCalls.Call) {
    if call.captures.isEmpty { return }
    lane.answer.withUnsafeBytes { take(lane.captures, in: $0, for: call) }
  }

  /// Keeps what was taken of the right answer to a call.
  func take(
    _ captures: AnswerCaptures,
    in body: UnsafeRawBufferPointer,
    for call: WorkloadCalls.Call
  ) {
    for (value, slot) in call.captures {
      guard let place = captures.found(value)?.first else { continue }
      captures.withBytes(of: place, in: body) {
        values[slot].set(json: $0, isText: place.isText)
      }
    }
    gatherSecrets()
  }
}
