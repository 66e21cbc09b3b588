import EventIO
import Foundation
import Glibc
import XCTest

@testable import mcp_ssh_server

/// Logins other than by the server's own key.
final class LoginTests: XCTestCase {
  func testPassword_logsIn_andIsSeenNowhere() async throws {
    let end = "word'\"$\(UInt32.random(in: 0 ... .max))"
    let password = "pass \u{E9} \(end)"
    let sshd = try await TestSSHD(named: "password", password: password)
    defer { XCTAssertNoThrow(try sshd.end()) }
    let server = try await TestServer(sshd.serverArguments)
    defer { _ = try? server.process.end() }
    let session = try TestSession(server)
    guard case .object(let target) = sshd.target else { return XCTFail("no target") }
    func connect(_ password: String?) throws -> JSONValue {
      let argument = password.map { [JSONValue.Member("password", .string($0))] } ?? []
      return try session.call("ssh_connect", .object(target + argument))
    }
    for refused in ["wrong", nil] {
      let result = try connect(refused)
      XCTAssertEqual(result["structuredContent"]?["reason"], "login_refused", "\(result)")
    }
    let result = try connect(password)
    let id = try XCTUnwrap(result["structuredContent"]?["session_id"], "\(result)")
    XCTAssertFalse(try Self.isVisible(password))
    _ = try session.call("ssh_disconnect", ["session_id": id])
    // The pooled connection is for those who know the password.
    for wrong in ["wrong", "pass e\u{301} \(end)"] {
      XCTAssertTrue(try connect(wrong)["isError"] == true)
    }
    XCTAssertEqual(try connect(password)["structuredContent"]?["reused"], true)
  }

  func testAgent_logsIn_whenThereIsNoIdentity() async throws {
    let sshd = try await TestSSHD(named: "agent")
    defer { XCTAssertNoThrow(try sshd.end()) }
    guard let agent = ReadableFile.executable("ssh-agent", searchPath: "/usr/bin:/usr/local/bin"),
      let add = ReadableFile.executable("ssh-add", searchPath: "/usr/bin:/usr/local/bin")
    else { throw XCTSkip("there is no ssh-agent") }
    let socket = "\(sshd.directory)/agent"
    let process = try await TestProcess(agent, ["-D", "-a", socket])
    defer { _ = try? process.end() }
    _ = process.readLine()
    let environment = ProcessEnvironment.current.merging(["SSH_AUTH_SOCK": socket]) { $1 }
    let adding = try await TestProcess(
      add,
      ["-q", "\(sshd.directory)/user"],
      environment: environment
    )
    XCTAssertEqual(try adding.child.wait(), .exited(0))
    let server = try await TestServer(
      ["--known-hosts", "\(sshd.directory)/known"],
      environment: environment
    )
    defer { _ = try? server.process.end() }
    let result = try TestSession(server).call("ssh_connect", sshd.target)
    XCTAssertEqual(result["isError"], false, "\(result)")
  }

  func testCommands_run_whateverTheLoginShell() async throws {
    var shells: [String] = []
    for name in ["bash", "dash", "zsh", "fish", "ksh", "tcsh"] {
      guard let shell = ReadableFile.executable(name, searchPath: "/bin:/usr/bin:/usr/local/bin")
      else { continue }
      shells.append(name)
      let sshd = try await TestSSHD(named: name, loginShell: shell)
      defer { XCTAssertNoThrow(try sshd.end()) }
      let server = try await TestServer(sshd.serverArguments + ["--allow-any-command"])
      defer { _ = try? server.process.end() }
      let session = try TestSession(server)
      let connected = try session.call("ssh_connect", sshd.target)
      let id = try XCTUnwrap(connected["session_id"], "\(name): \(connected)")
      for (command, output) in [("uname", "Linux\n"), ("x=1; echo \"it's $x\"", "it's 1\n")] {
        let arguments: JSONValue = ["session_id": id, "command": .string(command)]
        let result = try session.call("ssh_run_command", arguments)["structuredContent"]
        XCTAssertEqual(result?["stdout"]?.string, output, "\(name): \(command)")
        XCTAssertEqual(result?["stderr"], "", "\(name): \(command)")
      }
    }
    XCTAssertFalse(shells.isEmpty)
  }

  func testLogin_failsWithTheOtherSidesWords_whenThereIsNoShell() async throws {
    let cases = [
      ("/usr/sbin/nologin", "This account is currently not available."),
      ("internal-sftp", "This service allows sftp connections only."),
      ("echo 'Closed for today.'; exit 3", "Closed for today."),
      ("echo 'Only on stderr.' >&2; exit 3", "Only on stderr."),
      ("yes", "cannot log in"), ("/bin/cat /dev/zero", "cannot log in"),
      ("printf 'Choose:'; exec sleep 5", "no shell within 1 s but \"Choose:\""),
    ]
    for (index, (command, words)) in cases.enumerated() {
      if command.hasPrefix("/usr"), access(command, X_OK) != 0 { continue }
      let sshd = try await TestSSHD(named: "forced\(index)", forcedCommand: command)
      defer { XCTAssertNoThrow(try sshd.end()) }
      // Only what is meant to hang has a short time.
      let timeout = command.contains("sleep") ? "1" : "20"
      let server = try await TestServer(sshd.serverArguments + ["--connect-timeout", timeout])
      defer { _ = try? server.process.end() }
      let result = try TestSession(server).call("ssh_connect", sshd.target)
      XCTAssertEqual(result.failureCode, "login_failed", command)
      let message = try XCTUnwrap(result["structuredContent"]?["message"]?.string)
      XCTAssertTrue(message.contains(words), "\(command): \(message)")
    }
  }

  func testSSH_hasFewVariables_andNothingIsLeftOfALogin_whenTheServerIsKilled() async throws {
    let directory = NSTemporaryDirectory() + "/mcp-ssh-server-fake-\(getpid())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let fake = "\(directory)/ssh"
    // Asks for the password as ssh does, and then hangs.
    let script = """
      #!/bin/sh
      env > \(directory)/env
      "$SSH_ASKPASS" "u@h's password: " > \(directory)/answer
      mv \(directory)/env \(directory)/variables
      exec sleep 600
      """
    try script.write(toFile: fake, atomically: true, encoding: .utf8)
    chmod(fake, 0o700)
    let before = try Self.filesOfServers()
    let more = ["SECRET_TOKEN": "x", "MCP_SSH_PORT": "0", "LC_ALL": "C", "LD_PRELOADED": "x"]
    let server = try await TestServer(
      ["--ssh", fake],
      environment: ProcessEnvironment.current.merging(more) { $1 }
    )
    let session = try TestSession(server)
    try session.start("ssh_connect", ["host": "h", "user": "u", "password": "s3cret"])
    let variables = try waitForFile("\(directory)/variables")
    XCTAssertEqual(try waitForFile("\(directory)/answer"), "s3cret\n")
    let names = variables.split(separator: "\n").map { $0.prefix { $0 != "=" } }
    XCTAssertTrue(names.contains("LC_ALL"))
    let allowed: Set<Substring> = [
      "HOME", "USER", "LOGNAME", "PATH", "LANG", "TMPDIR", "SSH_AUTH_SOCK", "SSH_ASKPASS",
      "SSH_ASKPASS_REQUIRE", "MCP_SSH_ASKPASS_PIPE", "PWD", "OLDPWD", "SHLVL", "_",
    ]
    XCTAssertEqual(names.filter { !allowed.contains($0) && !$0.hasPrefix("LC_") }, [])
    XCTAssertEqual(try Self.filesOfServers(), before, "files while a login hangs")
    let children = try Self.children(of: server.process.child.processID)
    XCTAssertFalse(children.isEmpty)
    try server.process.end(SIGKILL)
    let deadline = MonotonicInstant.now() + .seconds(20)
    while children.contains(where: Self.isRunning), MonotonicInstant.now() < deadline {
      usleep(5_000)
    }
    XCTAssertEqual(children.filter(Self.isRunning), [])
    XCTAssertEqual(try Self.filesOfServers(), before)
  }

  private func waitForFile(_ path: String) throws -> String {
    let deadline = MonotonicInstant.now() + .seconds(20)
    while !FileManager.default.fileExists(atPath: path), MonotonicInstant.now() < deadline {
      usleep(5_000)
    }
    return try String(contentsOfFile: path, encoding: .utf8)
  }

  private static func filesOfServers() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "/tmp")
      .filter { $0.hasPrefix("mcp-ssh-server.") }
  }

  private static func children(of parent: pid_t) throws -> [pid_t] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }
      .filter { process in status(process).contains("PPid:\t\(parent)\n") }
  }

  /// Whether a process is there and no zombie.
  private static func isRunning(_ process: pid_t) -> Bool {
    let status = status(process)
    return !status.isEmpty && !status.contains("State:\tZ")
  }

  private static func status(_ process: pid_t) -> String {
    String(
      decoding: FileManager.default.contents(atPath: "/proc/\(process)/status") ?? Data(),
      as: UTF8.self
    )
  }

  func testHostKey_isNotAsked_whenCallerAndOperatorSaySo() async throws {
    let sshd = try await TestSSHD(named: "insecure")
    defer { XCTAssertNoThrow(try sshd.end()) }
    let identity = [
      "--identity", "\(sshd.directory)/user", "--known-hosts", "\(sshd.directory)/user.pub",
    ]
    guard case .object(let target) = sshd.target else { return XCTFail("no target") }
    let insecure = JSONValue.object(target + [.init("insecure", true)])
    let open = try await TestServer(identity + ["--allow-insecure"])
    defer { _ = try? open.process.end() }
    let session = try TestSession(open)
    XCTAssertEqual(try session.call("ssh_connect", insecure)["isError"], false)
    XCTAssertEqual(try session.call("ssh_connect", sshd.target).failureCode, "login_failed")
    let strict = try await TestServer(identity)
    defer { _ = try? strict.process.end() }
    let refused = try TestSession(strict).call("ssh_connect", insecure)
    XCTAssertEqual(refused.failureCode, "insecure_not_allowed")
  }

  /// Whether a text is in the arguments or the environment of any process that we may look at, or in
  /// a file of the directory for prompts.
  private static func isVisible(_ text: String) throws -> Bool {
    let files = FileManager.default
    let processes = try files.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }
    let places = processes.flatMap { ["/proc/\($0)/cmdline", "/proc/\($0)/environ"] }
    let prompts = try files.contentsOfDirectory(atPath: "/tmp")
      .filter { $0.hasPrefix("mcp-ssh-server.") }
    XCTAssertEqual(prompts, [], "a prompt outlived its login")
    return places.contains { place in
      guard let contents = files.contents(atPath: place) else { return false }
      return String(decoding: contents, as: UTF8.self).contains(text)
    }
  }
}
