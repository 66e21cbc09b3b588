import EventIO
import Foundation
import Glibc
import XCTest

@testable import mcp_ssh_server

/// An sshd of our own on a free loopback port, with keys of its own.
struct TestSSHD: Sendable {
  let process: TestProcess
  let port: Int

  /// Where keys and settings are.
  let directory = Self.ownDirectory

  /// One for all tests of the process; it ends with it.
  private static let shared = Task { try await TestSSHD() }

  /// The running sshd, or a skip that says what is missing.
  static func running() async throws -> TestSSHD { try await shared.value }

  private init() async throws {
    let environment = ProcessEnvironment.current
    let searchPath = "/usr/sbin:/usr/local/sbin:" + (environment["PATH"] ?? "")
    guard
      let sshd = environment["LOADTEST_SSHD"]
        ?? ReadableFile.executable("sshd", searchPath: searchPath),
      let keygen = ReadableFile.executable("ssh-keygen", searchPath: searchPath)
    else {
      throw XCTSkip("no sshd found: install OpenSSH's server or set LOADTEST_SSHD to its path")
    }
    try FileManager.default.createDirectory(
      atPath: directory,
      withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700]
    )
    if geteuid() == 0 { mkdir("/run/sshd", 0o755) }
    for name in ["host", "user"] {
      let path = "\(directory)/\(name)"
      unlink(path)
      let status = try await TestProcess.run(keygen, ["-q", "-t", "ed25519", "-N", "", "-f", path])
      XCTAssertEqual(status, .exited(0))
    }
    port = try Self.freePort()
    let configuration = """
      Port \(port)
      ListenAddress 127.0.0.1
      HostKey \(directory)/host
      AuthorizedKeysFile \(directory)/user.pub
      UsePAM no
      StrictModes no
      PidFile none
      PermitUserRC no
      PermitRootLogin yes
      PasswordAuthentication no
      UseDNS no
      MaxStartups 200
      """
    try configuration.write(toFile: "\(directory)/config", atomically: true, encoding: .utf8)
    let key = try String(contentsOfFile: "\(directory)/host.pub", encoding: .utf8)
    try "[127.0.0.1]:\(port) \(key)"
      .write(toFile: "\(directory)/known", atomically: true, encoding: .utf8)
    process = try await TestProcess(
      sshd,
      ["-D", "-e", "-f", "\(directory)/config"],
      readsErrors: true
    )
    while let line = process.readLine() {
      if line.contains("Server listening") { return }
      if line.contains("rror") { throw XCTSkip("sshd does not start: \(line)") }
    }
    throw XCTSkip("sshd ended at once")
  }

  /// What the server needs to log in here.
  var serverArguments: [String] {
    ["--identity", "\(directory)/user", "--known-hosts", "\(directory)/known"]
  }

  /// What ssh_connect needs.
  var target: JSONValue {
    ["host": "127.0.0.1", "port": .number(String(port)), "user": .string(NSUserName())]
  }

  /// Removes keys and settings.
  static func removeFiles() {
    try? FileManager.default.removeItem(atPath: ownDirectory)
  }

  private static let ownDirectory = NSTemporaryDirectory() + "/mcp-ssh-server-tests-\(getpid())"

  private static func freePort() throws -> Int {
    let address = try SocketAddress.resolve(host: "127.0.0.1", port: 0)[0]
    return Int(try SocketAddress.local(of: try Socket.listen(on: address)).port)
  }
}
