import EventIO
import Glibc

/// The environment variables that the process was started with.
enum ProcessEnvironment {
  /// Name and value of each; entries without "=" are left out.
  static var current: [String: String] {
    var variables: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
      let parts = String(cString: entry).split(
        at: UInt8(ascii: "="),
        maxSplits: 1,
        omittingEmptySubsequences: false
      )
      if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
      next += 1
    }
    return variables
  }
}
