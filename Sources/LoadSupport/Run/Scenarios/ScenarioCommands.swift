import EventIO

/// The commands of the suite's own scenarios: those that any Linux machine answers at once, unless a user or a
/// tool profile says which a server allows.
struct ScenarioCommands: Sendable {
  /// The names of their operations, in turn.
  let names: [String]

  /// The operations by name.
  let operations: [String: Workload.Operation]

  private static let usual = ["hostname", "whoami", "cat /etc/hostname"]

  /// The commands of a run; the first alone where a scenario wants just one.
  init(_ settings: RunSettings, onlyFirst: Bool = false) {
    let all = settings.commands ?? settings.toolProfile.commands ?? Self.usual
    var names: [String] = []
    var operations: [String: Workload.Operation] = [:]
    for line in onlyFirst ? Array(all.prefix(1)) : all {
      let program = line.words().first.flatMap { $0.split(at: UInt8(ascii: "/")).last } ?? ""
      let name = program.isEmpty ? "command" : String(program.cut(toBytes: 40))
      let others = names.count { $0.hasSameBytes(as: name) || $0.hasBytePrefix("\(name) ") }
      let unique = others > 0 ? "\(name) \(others + 1)" : name
      names.append(unique)
      operations[unique] = .command(line)
    }
    self.names = names
    self.operations = operations
  }
}
