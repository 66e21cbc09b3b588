import EventIO
import XCTest

@testable import mcp_ssh_server

/// Attempts to give ssh something else than a user, a host and a port.
final class DestinationAttemptsTests: XCTestCase {
  private static let insertions = [
    "-", "--", "-oProxyCommand=id", " ", "\t", "\n", "\r\n", "\r", "\0", "\u{7F}", "\u{1B}[2J",
    "%h", "%%", "%", "@", "'", "\"", "`id`", "$(id)", "${HOME}", "$", ";id", "|id", "&", "<x", ">x",
    "\\", "/", "ssh://", "[", "]", "[::1]", "(", "{", ":", ":22", "::1%lo", "%eth0", "#", "=",
    " -oProxyCommand=id", "\nProxyCommand id", "ProxyCommand=id", ",", "*", "?", "!", "~", "^",
    "\u{301}", "\u{200D}", "\u{FE0F}", "\u{600}", "\u{202E}", "\u{2028}", "\u{A0}", "\u{AD}",
    "\u{FEFF}", "\u{212A}", "\u{FF0E}", "é", "e\u{301}", "\u{1F600}", "'\u{301}", "\u{600}-",
    String(repeating: "a", count: 300),
  ]

  private struct Attempt: Hashable, CustomStringConvertible {
    let field: String
    let insertion: String
    let position: String

    var description: String { "\(field) \(position) \(insertion.debugDescription)" }

    var text: String {
      switch position {
      case "before": insertion + "ab"
      case "within": "a" + insertion + "b"
      case "behind": "ab" + insertion
      default: insertion
      }
    }
  }

  private static let attempts = insertions.flatMap { insertion in
    ["before", "within", "behind", "alone"].flatMap { position in
      ["user", "host"].map { Attempt(field: $0, insertion: insertion, position: position) }
    }
  }

  /// What has a meaning of its own, and none for ssh.
  private static func isHarmless(_ attempt: Attempt) -> Bool {
    switch (attempt.field, attempt.insertion) {
    case (_, "-"), (_, "--"): ["within", "behind"].contains(attempt.position)
    case ("user", "@"): true
    case ("user", "\\"): ["before", "within"].contains(attempt.position)
    // "a::1%lob", "::1%loab" and "::1%lo": addresses in zones.
    case ("host", "::1%lo"): true
    default: false
    }
  }

  private func destination(_ attempt: Attempt) throws -> SSHDestination {
    let isUser = attempt.field == "user"
    return try SSHDestination(
      user: isUser ? attempt.text : "ab",
      host: isUser ? "ab" : attempt.text,
      port: 2222
    )
  }

  func testDestination_isRefused_whenAPartIsNoName() {
    XCTAssertGreaterThan(Self.attempts.count, 500)
    for attempt in Self.attempts {
      let isAccepted = (try? destination(attempt)) != nil
      XCTAssertEqual(isAccepted, Self.isHarmless(attempt), "\(attempt)")
    }
    for port in [-1, 0, 65536, .max, .min] {
      XCTAssertThrowsError(try SSHDestination(user: "a", host: "b", port: port), "\(port)")
    }
    for host in ["1::2::3", "::1%", "::1%-x", "::1%a%b", "::1\0%lo", "1:2", ":", "::g"] {
      XCTAssertThrowsError(try SSHDestination(user: "a", host: host, port: 22), host)
    }
  }

  func testSSH_seesTheDestinationThatWasChecked_whenItPasses() async throws {
    let path = ProcessEnvironment.current["PATH"] ?? "/usr/bin"
    guard let ssh = ReadableFile.executable("ssh", searchPath: path) else {
      throw XCTSkip("there is no ssh")
    }
    let settings = SSHClientSettings(
      executable: ssh,
      identityFile: "/key files/%h/100%/it's",
      knownHostsFile: "/known %% hosts",
      environment: ProcessEnvironment.current
    )
    let passing = try Self.attempts.filter(Self.isHarmless).map(destination)
    XCTAssertGreaterThan(passing.count, 10)
    for destination in passing {
      let key = PoolKey(destination: destination, credential: .serverKey, verifiesHostKey: true)
      let process = settings.process(for: key)
      // Prints the settings that ssh has come to, and connects to nothing.
      let printing = try await TestProcess(ssh, ["-G"] + process.arguments)
      var printed: [String: String] = [:]
      while let line = printing.readLine() {
        let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
        printed[parts[0]] = parts.count == 2 ? parts[1] : ""
      }
      XCTAssertEqual(try printing.end(), .exited(0), "\(destination)")
      XCTAssertEqual(printed["user"], destination.user)
      XCTAssertEqual(printed["hostname"], destination.host)
      XCTAssertEqual(printed["port"], "2222")
      // ssh expands the one before it prints, the other when it logs in.
      XCTAssertEqual(printed["identityfile"], "/key files/%%h/100%%/it's")
      XCTAssertEqual(printed["userknownhostsfile"], "/known %% hosts")
      for name in ["proxycommand", "proxyjump", "localcommand", "remotecommand"] {
        XCTAssertNil(printed[name], "\(destination)")
      }
    }
  }

  // MARK: --allow-host

  private func allowed(_ patterns: String) throws -> AllowedHosts {
    var hosts = AllowedHosts()
    try hosts.add(patterns)
    return hosts
  }

  func testPattern_letsPassWhatItMeans() throws {
    let cases: [(pattern: String, passing: [String], refused: [String])] = [
      (
        "web1", ["a@web1:22", "b@WEB1:22"], ["a@web1:23", "a@web10:22", "a@web1.:22", "a@xweb1:22"]
      ),
      ("web1:*", ["a@web1:1", "a@web1:65535"], ["a@web2:1"]),
      ("web1:22", ["a@web1:22"], ["a@web1:222", "a@web1:2"]),
      ("web1:2200-2299", ["a@web1:2200", "a@web1:2299"], ["a@web1:2199", "a@web1:2300"]),
      ("deploy@web*", ["deploy@web9:22"], ["Deploy@web9:22", "deploy2@web9:22", "x@web9:22"]),
      (
        "ci-*@*.example.com", ["ci-a@x.example.com:22"],
        ["ci@x.example.com:22", "ci-a@example.com:22"]
      ),
      ("a@b@host", ["a@b@host:22"], ["b@host:22", "a@host:22"]),
      ("*@*:*", ["a@h:1", "a@10.0.0.1:1", "a@::1:1", "a@0x7f.1:1"], []),
      (
        "10.0.0.*", ["a@10.0.0.1:22", "a@10.0.0.255:22"], ["a@10.0.0.x.org:22", "a@10.0.0.256:22"]
      ),
      ("*.corp", ["a@x.corp:22"], ["a@corp:22", "a@x.corp.org:22", "a@x.corp.:22"]),
      ("*a*", ["a@xay:22"], ["a@0xa000001:22", "a@fe80::a:22"]),
      ("[::1]", ["a@::1:22"], ["a@0::1:22", "a@::1%lo:22", "a@::11:22"]),
      ("[2001:DB8:*]:2222", ["a@2001:db8::5:2222"], ["a@2001:db9::5:2222", "a@2001:db8::5:22"]),
      ("[fe80::1%eth0]", ["a@fe80::1%eth0:22"], ["a@fe80::1:22", "a@fe80::1%eth1:22"]),
    ]
    for (pattern, passing, refused) in cases {
      let hosts = try allowed(pattern)
      for text in passing {
        XCTAssertEqual(try hosts.rule(for: destination(text)), pattern, "\(pattern): \(text)")
      }
      for text in refused {
        XCTAssertThrowsError(try hosts.rule(for: destination(text)), "\(pattern): \(text)")
      }
    }
  }

  func testPattern_letsNoOtherSpellingOfAnAddressPass() throws {
    let spellings = [
      "127.1", "127.0.1", "2130706433", "0x7f.1", "0x7f000001", "0x7F.0.0.1", "017700000001",
      "0177.0.0.1", "127.000.000.001", "127.0.0.01", "127.0.0.1.", "::ffff:127.0.0.1",
      "::ffff:7f00:1", "::127.0.0.1", "localhost", "localhost.", "127.0.0.1.nip.io", "127.0.0.10",
      "1127.0.0.1", "0", "0.0.0.0", "::", "::1", "127.0.0.2", "127-0-0-1",
    ]
    let patterns = ["127.0.0.1:*", "127.0.0.1", "*@127.0.0.1", "127.0.0.1:1-65535"]
    for (spelling, pattern) in spellings.flatMap({ spelling in patterns.map { (spelling, $0) } }) {
      let written = try SSHDestination(user: "a", host: spelling, port: 22)
      XCTAssertThrowsError(try allowed(pattern).rule(for: written), "\(pattern): \(spelling)")
    }
    XCTAssertNoThrow(try allowed("127.0.0.1").rule(for: destination("a@127.0.0.1:22")))
  }

  func testPatterns_areRefused_whenTheyAreNone() throws {
    for text in [
      "", " ", ",", "@h", "u@", "-u@h", "-h", "h:", "h:0", "h:65536", "h:+22", "h:1-", "h:-1",
      "h:3-1", "h:1-2-3", "h:x", "::1", "[::1", "[]", "[::1]x", "[::1]22", "h/24", "10.0.0.0/8",
      "ssh://h", "h\u{301}", "h\0", "u\u{200D}@h", "h?", "!h", "ok,h:0", "ok h/x",
    ] {
      XCTAssertThrowsError(try allowed(text), text.debugDescription)
    }
    let several = try allowed("a, b:23\tc@d\n[::1]:*")
    for text in ["x@a:22", "x@b:23", "c@d:22", "x@::1:9"] {
      XCTAssertNotNil(try several.rule(for: destination(text)))
    }
    XCTAssertNil(try AllowedHosts().rule(for: destination("a@b:1")))
  }

  func testWildcard_isAsFastAsItsLengths_whenAsterisksAreMany() {
    let pattern = Array(String(repeating: "a*", count: 60).utf8) + Array("b".utf8)
    XCTAssertFalse(Wildcard.matches(pattern, Array(repeating: UInt8(ascii: "a"), count: 5000)))
    for (pattern, text, isMatch) in [
      ("*", "", true), ("", "", true), ("", "a", false), ("a*b*c", "aXbbYc", true),
      ("a*b*c", "aXbYcd", false), ("**a", "aa", true), ("*ab", "aab", true), ("ab*", "a", false),
    ] {
      XCTAssertEqual(Wildcard.matches(Array(pattern.utf8), Array(text.utf8)), isMatch, pattern)
    }
  }

  // MARK: Credentials

  func testPool_takesOnlyTheSameBytesForAPassword() throws {
    let passwords = ["caf\u{E9}", "cafe\u{301}", "\u{212A}", "K", "\u{2126}", "\u{3A9}", "a", "A"]
    let keys = Set(
      try passwords.map { password in
        PoolKey(
          destination: try destination("a@b:22"),
          credential: .password(Array(password.utf8)),
          verifiesHostKey: true
        )
      }
    )
    XCTAssertEqual(keys.count, passwords.count)
    for key in keys { XCTAssertEqual("\(key.credential)", "password") }
  }

  /// Reads `USER@HOST:PORT`.
  private func destination(_ text: String) throws -> SSHDestination {
    let at = try XCTUnwrap(text.lastIndex(of: "@"))
    let colon = try XCTUnwrap(text.lastIndex(of: ":"))
    return try SSHDestination(
      user: String(text[..<at]),
      host: String(text[text.index(after: at)..<colon]),
      port: try XCTUnwrap(Int(text[text.index(after: colon)...]))
    )
  }
}
