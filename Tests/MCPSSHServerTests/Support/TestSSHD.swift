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
  let directory: String

  /// One for all tests of the process; it ends with it, and so do its keys and settings.
  private static let shared = Task {
    atexit { try? FileManager.default.removeItem(atPath: TestSSHD.directory("shared")) }
    return try await TestSSHD(named: "shared")
  }

  /// The running sshd, or a skip that says what is missing.
  static func running() async throws -> TestSSHD { try await shared.value }

  /// Starts sshd; with a password it accepts that one for the account, and no key; a login shell
  /// stands in for the account's, a forced command in for any.
  ///
  /// The system's own password file stays as it is: sshd sees another one in a mount namespace of its
  /// own, which takes root.
  init(
    named name: String,
    password: String? = nil,
    loginShell: String? = nil,
    forcedCommand: String? = nil
  ) async throws {
    directory = Self.directory(name)
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
    port = Int(try Socket.freeLoopbackPort())
    let configuration = Self.configuration(directory, port, password, loginShell, forcedCommand)
    try configuration.write(toFile: "\(directory)/config", atomically: true, encoding: .utf8)
    let key = try String(contentsOfFile: "\(directory)/host.pub", encoding: .utf8)
    try "[127.0.0.1]:\(port) \(key)"
      .write(toFile: "\(directory)/known", atomically: true, encoding: .utf8)
    var command = [sshd, "-D", "-e", "-f", "\(directory)/config"]
    if let password {
      let shadow = try await Self.writeShadow(password, in: directory)
      let mount = "mount --bind \(shadow) /etc/shadow && exec \"$@\""
      command = ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", mount, "sh"] + command
    }
    process = try await TestProcess(command[0], Array(command.dropFirst()), readsErrors: true)
    while let line = process.readLine() {
      if line.contains("Server listening") { return }
      if line.contains("rror") { throw XCTSkip("sshd does not start: \(line)") }
    }
    throw XCTSkip("sshd ended at once")
  }

  private static func configuration(
    _ directory: String,
    _ port: Int,
    _ password: String?,
    _ loginShell: String?,
    _ forcedCommand: String?
  ) -> String {
    """
    Port \(port)
    ListenAddress 127.0.0.1
    HostKey \(directory)/host
    AuthorizedKeysFile \(directory)/user.pub
    UsePAM no
    StrictModes no
    PidFile none
    PermitUserRC no
    SetEnv HOME=\(directory)
    PermitRootLogin yes
    PasswordAuthentication \(password == nil ? "no" : "yes")
    PubkeyAuthentication \(password == nil ? "yes" : "no")
    UseDNS no
    MaxStartups 200
    \(loginShell.map { "ForceCommand \($0) -c \"$SSH_ORIGINAL_COMMAND\"" } ?? "")
    \(forcedCommand.map { "ForceCommand \($0)" } ?? "")
    """
  }

  /// What the server needs to log in here.
  var serverArguments: [String] {
    ["--identity", "\(directory)/user", "--known-hosts", "\(directory)/known"]
  }

  /// What ssh_connect needs.
  var target: JSONValue {
    ["host": "127.0.0.1", "port": .number(String(port)), "user": .string(NSUserName())]
  }

  /// Ends it and removes keys and settings.
  func end() throws {
    try process.end()
    try FileManager.default.removeItem(atPath: directory)
  }

  private static func directory(_ name: String) -> String {
    NSTemporaryDirectory() + "/mcp-ssh-server-tests-\(getpid())-\(name)"
  }

  /// A file like /etc/shadow in which our account has this password.
  private static func writeShadow(_ password: String, in directory: String) async throws -> String {
    guard geteuid() == 0, ReadableFile.exists("/usr/bin/unshare"),
      ReadableFile.exists("/usr/bin/openssl")
    else { throw XCTSkip("password logins are tested as root, with unshare and openssl") }
    let hashing = try await TestProcess("/usr/bin/openssl", ["passwd", "-6", password])
    let hash = try XCTUnwrap(hashing.readLine())
    try hashing.end()
    let path = "\(directory)/shadow"
    try "\(NSUserName()):\(hash):20000:0:99999:7:::\n"
      .write(toFile: path, atomically: true, encoding: .utf8)
    chmod(path, 0o600)
    return path
  }
}
