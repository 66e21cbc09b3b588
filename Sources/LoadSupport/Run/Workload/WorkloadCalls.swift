import EventIO

/// The operations of a workload as calls at one target, compiled before the load.
///
/// Operations are counted in the order of their names. What fills the slots of a worker's calls is its
/// `WorkerValues`.
package final class WorkloadCalls: Sendable {
  /// An operation as a call; a class, so that whoever makes it holds one reference and no copies.
  final class Call: Sendable {
    /// The operation's name.
    let name: String

    /// Its name in reports.
    let reportedName: String

    /// What it does, which decides what it needs of its worker.
    let kind: OperationKind

    /// How the MCP session is left with it; nil where it goes on.
    var leaving: Workload.Leaving? { if case .leave(let manner) = action { manner } else { nil } }

    private let action: Workload.Action

    /// The request; nil for `health` and a DELETE, and for what a server without SSH sessions has not.
    let template: CallTemplate?

    /// How long it may take, and when it is cancelled.
    let terms: CallTerms

    /// The values of the answer that are carried on: their number among the wanted ones, and the slot.
    let captures: [(value: Int, slot: Int)]

    /// The slots that are drawn anew for each use, with their lengths.
    let randoms: [(slot: Int, length: Int)]

    /// The carried values that it needs, by their slots.
    let needs: Set<Int>

    init(
      name: String,
      reportedName: String,
      action: Workload.Action,
      template: CallTemplate?,
      terms: CallTerms,
      captures: [(value: Int, slot: Int)],
      randoms: [(slot: Int, length: Int)],
      needs: Set<Int>
    ) {
      (self.name, self.reportedName, self.terms) = (name, reportedName, terms)
      (self.action, kind) = (action, action.kind)
      (self.template, self.captures, self.randoms, self.needs) = (
        template, captures, randoms, needs
      )
    }
  }

  /// The calls.
  let calls: [Call]

  /// Header fields of all requests of a worker, in the order of their names.
  let headers: [CallTemplate.Field]

  /// What fills the slots.
  let slots: SlotTable

  /// The rows of data.
  let data: DataRows

  /// Compiles all operations of a workload for one target.
  ///
  /// Of the commands in `spoken` an empty answer is a wrong one, of those in `statusTold` one without an exit
  /// status. `run` is what stands for `{run}`.
  init(
    _ workload: Workload,
    profile: ToolProfile,
    target: SSHTarget,
    data: DataRows,
    spoken: Set<String> = [],
    statusTold: Set<String> = [],
    run: String = "0"
  ) throws(WorkloadError) {
    var compiler = CallCompiler(
      profile: profile,
      target: target,
      slots: try SlotTable(workload, data: data, run: run),
      spoken: spoken,
      statusTold: statusTold
    )
    headers = try compiler.fields(workload.headers, at: WorkloadPath.root["headers"])
    if let slot = compiler.slots.used.min() {
      let name = compiler.slots.captureNames[slot - 1]
      throw WorkloadError(
        at: WorkloadPath.root["headers"],
        "{\(name)} is known later than they are; take a column of data"
      )
    }
    calls = try workload.operations.sorted { $0.key < $1.key }
      .map { name, operation throws(WorkloadError) in try compiler.call(name, operation) }
    slots = compiler.slots
    self.data = data
    try checkOrder(workload)
  }

  /// The call of an operation; nil if there is none of that name.
  func call(named name: String) -> Call? {
    calls.first { $0.name.hasSameBytes(as: name) }
  }

  // MARK: Order

  /// Refuses an operation that needs a value which nothing before it has carried on.
  private func checkOrder(_ workload: Workload) throws(WorkloadError) {
    let nothing: Set<Int> = []
    let afterSetup = try known(
      after: workload.setup,
      knowing: nothing,
      at: WorkloadPath.root["setup"]
    )
    _ = try known(after: workload.teardown, knowing: afterSetup, at: WorkloadPath.root["teardown"])
    for (name, items) in workload.sequences.sorted(by: { $0.key < $1.key }) {
      let names = items.compactMap { if case .call(let name) = $0 { name } else { nil } }
      _ = try known(after: names, knowing: afterSetup, at: WorkloadPath.root["sequences"][name])
    }
    for (index, step) in workload.steps.enumerated() {
      for group in step.groups {
        let names =
          switch group.mix {
          case .inTurn(let names): names
          case .weighted(let weights): weights.keys.sorted()
          }
        for name in names where workload.sequences[name] == nil {
          _ = try known(after: [name], knowing: afterSetup, at: WorkloadPath.root["steps"][index])
        }
      }
    }
  }

  /// What is known after some operations one after the other.
  private func known(
    after names: [String],
    knowing known: Set<Int>,
    at path: WorkloadPath
  ) throws(WorkloadError) -> Set<Int> {
    var known = known
    // What names no operation is refused by who reads the workload.
    for call in names.compactMap({ call(named: $0) }) {
      if let missing = call.needs.subtracting(known).min() {
        throw WorkloadError(
          at: path,
          "\(call.name) needs {\(slots.captureNames[missing - 1])}, and no operation before it captures that"
        )
      }
      known.formUnion(call.captures.map(\.slot))
    }
    return known
  }
}
