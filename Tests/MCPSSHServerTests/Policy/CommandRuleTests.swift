import XCTest

@testable import mcp_ssh_server

/// What rules mean, and what options of the standard list may do.
final class CommandRuleTests: XCTestCase {
  private func check(
    _ policy: CommandPolicy,
    allows allowed: [String],
    refuses refused: [String],
    line: UInt = #line
  ) {
    for command in allowed { XCTAssertNoThrow(try policy.check(command), command, line: line) }
    for command in refused { XCTAssertThrowsError(try policy.check(command), command, line: line) }
  }

  func testStandardPolicy_allowsToLook_andNothingElse() {
    check(
      .standard,
      allows: [
        "hostname", "hostname -f", "hostname -sI", "hostname --fqdn", "'whoami'",
        "cat /etc/hostname",
        "ls -la /tmp", "ls *.txt", "uname -a", "uname -sr", "uname --all", "date", "date +%s",
        "date -u +%F", "date -uR", "date --rfc-3339=ns", "date -Iseconds", "uptime -p", "df -h",
        "ps aux", "ps -ef", "id root", "free -m", "head -n 5 /etc/passwd", "tail -5 /etc/passwd",
        "wc -l /etc/passwd", "stat -c %s /etc/passwd", "du -sh /tmp", "du -d1 /tmp", "who -b",
        "w -h",
        "groups root",
        "nproc --all", "arch", "lscpu -J", "lsblk -o NAME", "true", "false", "pwd -P", "echo -n x",
      ],
      refuses: [
        "rm -rf /", "sh -c ls", "/bin/ls", "LS", "env ls", "X=1 ls", "l?", "sudo ls", "exec ls",
        "eval ls",
        // What sets the name: GNU's, abbreviated, bundled and attached forms, a file's, an operand.
        "hostname evil", "hostname -F/tmp/x", "hostname -F /tmp/x", "hostname --file=/tmp/x",
        "hostname --fi=/tmp/x", "hostname --fil /tmp/x", "hostname -b x", "hostname -sb",
        "hostname -sF",
        "hostname --boot", "hostname --bo", "hostname --b", "hostname -- x", "hostname *",
        "hostname -*", "hostname '-F' x", "hostname \\-F x", "hostname -", "hostname --",
        // What sets the clock.
        "date -s now", "date -snow", "date -us now", "date -us", "date --set=now", "date --set now",
        "date --se=now", "date --s now", "date -u --s=now", "date 01010101", "date -u 01010101",
        "date *",
        "date -- 01010101", "date -f /etc/passwd", "date -I01010101", "date -d now", "date -t 1",
        // What sets the node's name where uname is not GNU's, and operands of programs without any.
        "uname -S x", "uname -Sx", "uname -aS", "uname x", "uptime x", "nproc x", "pwd x", "arch x",
        "whoami x", "true x", "groups -x", "wc --files0-from=/etc/passwd", "du --files0-from=x",
        "du --fi=x", "du -X x", "uptime -c x",
      ]
    )
  }

  func testOptions_areOnlyThoseThatARuleNames() throws {
    let policy = try CommandPolicy(
      file: """
        # services
        allow systemctl status * [--no-pager] [-l]
        allow git log [--oneline] [-n*] ...
        allow git status
        allow sort [-n] [-r] [-u] [-k*] ...
        allow cat /var/log/*
        allow find /srv [-name] [-type] ...
        """
    )
    check(
      policy,
      allows: [
        "systemctl status sshd", "systemctl status sshd --no-pager -l",
        "git log -n5 --oneline main",
        "git log", "git status", "sort -nr -k2 f g", "cat /var/log/syslog",
        "find /srv -name '*.log'",
        "cat '/var/log/a b'",
      ],
      refuses: [
        "systemctl status", "systemctl stop sshd", "systemctl status a b",
        "systemctl status a -H x",
        "systemctl status -Hevil", "systemctl status --host=evil", "systemctl status '-l'x",
        "systemctl status '--no-pager' -l",
        "systemctl --host=x status sshd", "systemctl status *", "systemctl -Hx status sshd",
        "git -c alias.x='!touch F' x", "git -c core.pager='touch F' log", "git --no-pager push",
        "git -C /x status", "git push", "git status -s", "git --exec-path=. status",
        "git log --output=F", "git log --output F", "git log --ext-diff", "git log '--output=F'",
        "git log *", "git log ?-output=F", "git log [-]-output=F", "git 'log' -p", "git log -",
        "sort -o F f", "sort -oF", "sort -no F", "sort --output=F f", "sort --out=F", "sort -T. f",
        "sort --compress-program=sh f", "sort *", "cat /var/log/../../etc/shadow",
        "cat /var/log/..",
        "cat /var/log/*", "cat /var/log/.*/x", "cat /var/log/x /etc/shadow", "find /srv -exec sh",
        "find /srv -delete", "find /srv -fprint F", "find /srv -nae", "find /srv -n",
        "find / -name x", "find /srv -ok x",
      ]
    )
  }

  func testDenyingRule_wins_whateverStandsAroundItsWords() throws {
    let policy = try CommandPolicy(
      file: """
        allow git [-*] ...
        allow /usr/bin/git [-*] ...
        allow ls [-*] ...
        deny git push ...
        deny git *config*
        deny ls /root*
        """
    )
    check(
      policy,
      allows: [
        "git log -p", "ls /tmp", "ls *.log x*", "ls /var/log/d*", "ls *", "ls ?root",
        "/usr/bin/git log", "git -c x=y log",
      ],
      refuses: [
        "git push", "git push origin", "git --no-pager push", "git -c a=b push x", "git -C /x push",
        "/usr/bin/git push", "'git' pu'sh'", "git \"push\"", "git pus?", "git *",
        "git --git-dir=/x push",
        "git --config-env=a=b log", "git config x y", "ls -l /root", "ls /root/.ssh", "ls -- /root",
        "ls /roo?", "ls /r*", "ls /[r]oot", "ls ~", "ls ~root", "ls /tmp /root", "ls /root/../root",
      ]
    )
  }

  func testHyphens_areNoLetters_andPatternsNoOptions() throws {
    let policy = try CommandPolicy(
      file: """
        allow hostname [-f] [-i] [--] [x]
        allow sort [-u] [-o] [-t] [-p] [--] ...
        allow ls [-*]
        allow stat [-L] ...
        """
    )
    check(
      policy,
      allows: [
        "hostname -fi", "hostname -- x", "sort -- f", "sort -uo f", "ls -l", "ls -la*", "stat /x/*",
        "stat x[ab]", "stat ~/x",
      ],
      refuses: [
        "hostname --fi x", "hostname --fi", "sort --output", "sort --out", "ls /root", "ls /roo?",
        "ls *",
        "ls ~", "stat *", "stat -*", "stat ?x", "stat [-]L",
      ]
    )
  }

  func testDenyingRule_wins_whenOnePatternMayBecomeAllItsWords() throws {
    let policy = try CommandPolicy(file: "allow ls [-*] ...\ndeny ls x-push x-zz")
    check(
      policy,
      allows: ["ls x-push", "ls x-zz x-push", "ls y-*"],
      refuses: ["ls x-push x-zz", "ls x-*", "ls x-push *", "ls * x-zz", "ls x-push x-[a-z]z"]
    )
  }

  func testSet_isAPattern_whereItIsOpen() throws {
    for (command, written) in [
      ("ls /x/[ab]", "ls /x/[ab]"), ("ls [^a-c]*", "ls [^a-c]*"), ("ls a]^", "ls a']^'"),
      ("ls [a']'b]", "ls [a']b']"), ("ls [a]x]", "ls [a]x]"), ("ls '[ab]'", "ls '[ab]'"),
      ("ls [[:alpha:]]x", "ls [[:alpha:]]x"),
    ] {
      XCTAssertEqual(try CommandPolicy.standard.check(command).command, written, command)
    }
  }

  func testFile_isRead_whateverEndsItsLines() throws {
    for end in ["\n", "\r\n", "\r"] {
      let text = ["# comment", "allow ls [-l] ...", "", "  deny ls /root*  ", "allow id"].joined(
        separator: end
      )
      for text in [text, text + end] {
        let policy = try CommandPolicy(file: text)
        check(policy, allows: ["ls -l /tmp", "id"], refuses: ["ls /root", "cat x", "ls -a"])
      }
    }
  }

  func testFile_isRefused_whenALineIsNoRule_orHasWhatNobodySees() {
    for (line, part) in [
      ("permit x", "line 2"), ("allow", "line 2"), ("allow ...", "line 2"),
      ("allow [-l] ls", "line 2"),
      ("allow ls [-l", "line 2"), ("allow ls []", "line 2"), ("allow ls [-l] x", "line 2"),
      ("allow ls ... x [-l]", "line 2"), ("allow ls # x", "line 2"),
      ("allow ls [-l][-s]", "[-l][-s]"),
      ("allow git \"a b\"", "\"a"), ("deny ls [-l]", "line 2"), ("ALLOW ls", "line 2"),
      ("deny\u{A0}git push", "U+00A0"), ("deny git\u{200B} push", "U+200B"),
      ("deny g\u{AD}it", "U+00AD"),
      ("# x\u{2028}deny ls", "U+2028"), ("# x\u{B}deny ls", "U+000B"),
      ("\u{FEFF}deny git", "U+FEFF"), ("deny git\u{1B}[2K", "U+001B"),
      ("deny git\u{2028}push", "U+2028"),
    ] {
      XCTAssertThrowsError(try CommandPolicy(file: "allow ls\n\(line)"), line) { error in
        XCTAssertTrue("\(error)".contains(part), "\(line): \(error)")
      }
    }
  }

  func testRefusal_andPermit_nameTheirRule() throws {
    let policy = try CommandPolicy(file: "allow git log ...\ndeny git log secret")
    XCTAssertEqual(try policy.check("git log x").rule, "allow git log ...")
    XCTAssertThrowsError(try policy.check("git log secret")) { error in
      XCTAssertEqual((error as? CommandPolicy.Refusal)?.rule, "deny git log secret")
    }
    XCTAssertThrowsError(try policy.check("ls")) { error in
      XCTAssertNil((error as? CommandPolicy.Refusal)?.rule)
    }
  }
}
