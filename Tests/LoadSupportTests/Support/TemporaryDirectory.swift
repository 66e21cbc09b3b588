import Foundation
import Glibc

/// A directory of a test's own, removed when the tests have ended.
struct TemporaryDirectory: Sendable {
  let path: String

  /// Holds those of this process.
  private static let root: String = {
    atexit { try? FileManager.default.removeItem(atPath: TemporaryDirectory.root) }
    return NSTemporaryDirectory() + "loadsupport-tests-\(getpid())"
  }()

  init() throws {
    path = Self.root + "/" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// Writes a file in it and returns its path.
  func write(_ content: some Sequence<UInt8>, to name: String) throws -> String {
    let file = path + "/" + name
    try Data(content).write(to: URL(fileURLWithPath: file))
    return file
  }
}
