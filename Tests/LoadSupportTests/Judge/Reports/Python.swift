import Foundation
import XCTest

/// A Python program that reads what was written here, as somebody else would.
enum Python {
  /// What a script prints; skips the test where a module that it imports is missing, or python3 is.
  static func run(
    _ script: String,
    modules: [String] = [],
    _ arguments: [String]
  ) throws -> Data {
    let imports = modules.map { "    import \($0)\n" }.joined()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      [
        "python3", "-c",
        "import sys\ntry:\n    pass\n\(imports)except ImportError:\n    sys.exit(77)\n\(script)",
      ]
      + arguments
    let output = Foundation.Pipe()
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    if [77, 127].contains(process.terminationStatus) {
      throw XCTSkip("no python3 with \(modules.joined(separator: ", ")) on this machine")
    }
    XCTAssertEqual(process.terminationStatus, 0)
    return data
  }

  /// What a script prints as JSON.
  static func json<Value: Decodable>(
    _ type: Value.Type,
    _ script: String,
    modules: [String] = [],
    _ arguments: [String]
  ) throws -> Value {
    let data = try run("import json\n" + script, modules: modules, arguments)
    return try JSONDecoder().decode(type, from: data)
  }
}
