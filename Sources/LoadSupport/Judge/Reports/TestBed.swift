/// What load was made on and against, in a line each: figures of different ones do not compare.
enum TestBed {
  /// The machine that generated the load.
  static func line(_ machine: Machine) -> String {
    let memory = NumberText.oneDecimal(Double(machine.memoryBytes) / Double(1 << 30))
    return "\(machine.cpuModel), \(machine.cores) cores, \(memory) GiB, \(machine.kernel)"
  }

  /// The network under test.
  static func line(_ network: NetworkDescription) -> String {
    var line = "\(network.kind.rawValue): \(network.server), target \(network.target)"
    if let cores = network.serverCores { line += ", \(cores) cores for server and sshd" }
    if let emulation = network.linkEmulation { line += ", links by \(emulation)" }
    return line
  }
}
