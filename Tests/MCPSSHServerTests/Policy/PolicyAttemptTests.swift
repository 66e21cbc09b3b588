import EventIO
import Foundation
import XCTest

@testable import mcp_ssh_server

/// Attempts to get a second command past the rules that allow a first one.
///
/// They are generated: hostile and legal forms, with scalars at each open place that a reading by
/// characters takes together with their neighbours, or that nobody sees. What passes is given to every
/// shell of this machine, which must see the words that the policy saw.
final class PolicyAttemptTests: LongTestCase {
  /// What a form comes to.
  private enum Fate {
    /// Whatever stands at the open places, it is more than one command or another one.
    case hostile

    /// It depends on what stands there; the policy must know.
    case open
  }

  /// Forms with `@` at the places that are open.
  private static let forms: [(text: String, fate: Fate)] = [
    ("hostname@;@touch F", .hostile), ("hostname@&&@touch F", .hostile),
    ("hostname @||@ touch F", .hostile), ("hostname@|@touch F", .hostile),
    ("hostname @&@touch F", .hostile), ("echo@\n@touch F", .hostile),
    ("echo @$(touch F)@", .hostile), ("echo @`touch F`@", .hostile),
    ("echo \"@$(touch F)@\"", .hostile), ("echo \"@`touch F`@\"", .hostile),
    ("echo '@'$(touch F)'@'", .hostile), ("echo '@'@`touch F`@'@'", .hostile),
    ("echo '@\\'@;touch F;'@'", .hostile), ("echo \"@\\\\@\";touch F", .hostile),
    ("echo @>@F", .hostile), ("cat @<@F", .hostile), ("(@touch F@)", .hostile),
    ("{ touch F@; }", .hostile), ("echo #@\n@touch F", .hostile), ("echo \\@\n@touch F", .hostile),
    ("echo \\\\@;touch F", .hostile), ("echo $@HOME", .hostile),
    ("echo \"@${x:=$(touch F)}@\"", .hostile),
    ("touch@ F", .hostile), ("@touch F", .hostile), ("'touch'@ F", .hostile),
    ("x@=1 touch F", .hostile), ("echo<(touch F)@", .hostile),
    ("echo '@;touch F;@'", .open), ("echo \"@;touch F;@\"", .open),
    ("echo '@\"$(touch F)\"@'", .open), ("echo \"it's@ ;touch F; it's\"", .open),
    ("echo \\@'@;touch F@'", .open), ("echo \\'@;touch F", .hostile),
    ("echo \\@\"@;touch F@\"", .open),
    ("echo a@b '@\n;touch F\n@'", .open), ("echo '@' \"@\" @", .open), ("echo \\@ \\ @ x", .open),
    ("echo \"\\\"@;touch F;\\\"@\"", .open), ("echo '@'\"'@;touch F;@'\"'@'", .open),
    ("echo \"\\$@(touch F)\" @", .open), ("echo \"\\`touch F\\`@\"", .open),
    ("ls -l @ '@*@'", .open),
    ("echo -n@ '' '@' ''", .open), ("echo '@'@'@'", .open), ("cat ./@~@ '~@'", .open),
  ]

  /// What stands at an open place.
  private static let fillings: [String] = [
    "", " ", "\t", "x", "é", "e\u{301}", "日", "🧑‍🚀",
    // Marks that join what is before them.
    "\u{301}", "\u{323}", "\u{200D}", "\u{FE0F}", "\u{1F3FB}", "\u{E0101}", "\u{903}",
    // Prefixes that join what is behind them.
    "\u{600}", "\u{6DD}", "\u{110BD}",
    // What nobody sees, or takes for a blank.
    "\r", "\u{B}", "\u{1B}", "\u{7F}", "\u{85}", "\u{A0}", "\u{AD}", "\u{200B}", "\u{202E}",
    "\u{2028}",
    "\u{2029}", "\u{2066}", "\u{2800}", "\u{3000}", "\u{3164}", "\u{FEFF}", "\u{E000}",
    // What some normalisation makes an operator.
    "\u{37E}", "\u{1FEF}", "\u{FF1B}", "\u{2019}",
  ]

  func testAttempt_isRefusedOrHarmless_whateverStandsBesideItsQuotes() async throws {
    let seed = UInt64.random(in: 0 ... .max)
    var random = TestRandom(seed: seed)
    var attempts: Set<[UInt8]> = []
    var permitted: [[UInt8]] = []
    for form in Self.forms {
      for filling in Self.fillings {
        for _ in 0..<4 {
          let attempt = Self.fill(form.text, with: filling, &random)
          guard attempts.insert(Array(attempt.utf8)).inserted else { continue }
          let permit = try? CommandPolicy.standard.check(attempt)
          if form.fate == .hostile {
            XCTAssertNil(permit, "seed \(seed): \(attempt.debugDescription)")
          }
          if permit != nil { permitted.append(Array(attempt.utf8)) }
        }
      }
    }
    XCTAssertGreaterThan(attempts.count, 3000)
    XCTAssertGreaterThan(permitted.count, 300)
    let chosen = permitted.shuffled(using: &random).prefix(150)
    try await check(chosen.map { String(decoding: $0, as: UTF8.self) }, "seed \(seed)")
  }

  /// What passes a fuzzed mixture of everything that means something to a shell is read by shells as
  /// by the policy.
  func testRandomText_isRefused_orReadByShellsAsByThePolicy() async throws {
    let seed = UInt64.random(in: 0 ... .max)
    var random = TestRandom(seed: seed)
    let pieces =
      [
        "'", "\"", "\\", " ", "*", "?", "[a]", "~", "-", "=", "#", "!", "^", "%", ",", "F",
        "touch F",
      ]
      + ["$", "`", ";", "\n", "&", "|", "<", ">", "(", ")", "{", "}"] + Self.fillings
    var permitted: [String] = []
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 1...9, using: &random))
        .map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }.joined()
      if (try? CommandPolicy.standard.check("echo " + text)) != nil {
        permitted.append("echo " + text)
      }
    }
    XCTAssertGreaterThan(permitted.count, 300)
    try await check(Array(permitted.prefix(150)), "seed \(seed)")
  }

  func testLegalText_passes_whatItHoldsInQuotes() throws {
    for filling in Self.fillings + ["\n", "$(touch F)", "`", ";", "\\", "\u{1}"] {
      let command = "echo '\(filling)' x"
      let words = try ShellWords.split(command)
      XCTAssertEqual(words.map(\.text), ["echo", filling, "x"].map { Array($0.utf8) })
      XCTAssertNoThrow(try CommandPolicy.standard.check(command), command)
    }
    for command in ["ls é", "cat /tmp/日本語", "echo Ωμέγα", "echo 🙂", "echo e\u{301}"] {
      XCTAssertNoThrow(try CommandPolicy.standard.check(command), command)
    }
  }

  func testRefusal_namesTheCodePoint_whenNobodySeesIt() {
    for (command, name) in [
      ("ls \u{200D}x", "U+200D ZERO WIDTH JOINER"), ("ls \u{A0}x", "U+00A0 NO-BREAK SPACE"),
      ("ls\r", "U+000D"), ("ls ;x", "\";\" U+003B SEMICOLON"),
      ("\u{600}ls", "U+0600 ARABIC NUMBER SIGN"),
    ] {
      XCTAssertThrowsError(try CommandPolicy.standard.check(command), command) { error in
        XCTAssertTrue("\(error)".contains(name.replacing("\"", with: "\\\"")), "\(error)")
      }
    }
  }

  // MARK: The truth

  /// Gives what passed to every shell: it must see the same words, and nothing else may happen.
  private func check(_ commands: [String], _ context: String) async throws {
    let directory = NSTemporaryDirectory() + "/policy-attempts-\(UUID())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let permits = try commands.map { try CommandPolicy.standard.check($0) }
    for shell in TestShell.all {
      // Without patterns: what these find is not the policy's to know.
      let outcomes = try await shell.run(
        permits.map { RemoteCommand("set -f; set -- \($0.command); printf '%s\\0' \"$@\"") },
        directory: directory
      )
      for (command, outcome) in zip(commands, outcomes) {
        var words = try ShellWords.split(command).map(\.text)
        // A tilde that stands for a directory.
        var seen = outcome.standardOutput.split(separator: 0, omittingEmptySubsequences: false)
          .dropLast().map { Array($0) }
        for index in words.indices.reversed()
        where words[index].first == UInt8(ascii: "~") && index < seen.count {
          words.remove(at: index)
          seen.remove(at: index)
        }
        XCTAssertEqual(
          seen,
          words,
          "\(context): \(shell): \(command.debugDescription): \(outcome.exitStatus)"
        )
      }
      // As they are, too: `touch F` must not have run.
      _ = try await shell.run(permits.map { RemoteCommand($0.command) }, directory: directory)
      let left = try FileManager.default.contentsOfDirectory(atPath: directory)
      XCTAssertEqual(left, [], "\(context): \(shell)")
    }
  }

  /// A form with some of its places filled.
  private static func fill(
    _ form: String,
    with filling: String,
    _ random: inout TestRandom
  ) -> String {
    var bytes: [UInt8] = []
    for byte in form.utf8 {
      if byte != UInt8(ascii: "@") {
        bytes.append(byte)
      } else if Bool.random(using: &random) {
        bytes += filling.utf8
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
