import EventIO
import XCTest

final class ProgramOptionTests: XCTestCase {
  private enum Colour: String, CaseIterable {
    case red
    case green
    case blue
  }

  private struct Settings: ProgramSettings {
    static let variablePrefix: String? = "APP_"

    var count = 3
    var share = 0.5
    var wait = Duration.seconds(90)
    var colour = Colour.red
    var name: String?
    var isLoud = false
    var words: [String] = []
    var secret: String?

    static let options: [ProgramOption<Self>] = [
      ProgramOption("--count", .integer(1...9), "how many", to: \.count),
      ProgramOption("--share", .number("SHARE", 0...1), "of all", to: \.share),
      ProgramOption("--long-wait", .time(.zero ... .seconds(100)), "patience", to: \.wait),
      ProgramOption("--colour", .name("NAME"), "of the door", to: \.colour),
      ProgramOption("--name", .text("NAME"), "of the house (none)", alias: "-n", to: \.name),
      ProgramOption("--loud", .onOff(), "say so", to: \.isLoud),
      ProgramOption("--word", .text("WORD"), "repeatable") { $0.words.append($1) },
      ProgramOption(
        "--secret",
        OptionValue("TEXT") { text throws(InvalidValue) in
          guard text != "bad" else { throw .expected("good", shown: "(not shown)") }
          return text
        },
        "hush",
        by: .variable
      ) { $0.secret = $1 },
    ]
  }

  private func read(
    _ line: String,
    _ environment: [String: String] = [:]
  ) throws -> Settings {
    let words = try CommandLineWords(
      line.split(separator: " ").map(String.init),
      flags: Settings.options.flatMap(\.flags),
      endings: ["--help"]
    )
    var settings = Settings()
    try settings.take(Settings.options, flags: words.flags, environment: environment)
    return settings
  }

  func testFlags_winOverVariables_andBothAreRead() throws {
    let settings = try read(
      "--count=4 --word a --word b -n house --loud",
      [
        "APP_COUNT": "5", "APP_LONG_WAIT": "1m", "APP_WORD": "c", "APP_COLOUR": "blue",
        "APP_SECRET": "x", "OTHER": "",
      ]
    )
    XCTAssertEqual(settings.count, 4)
    XCTAssertEqual(settings.words, ["a", "b"])
    XCTAssertEqual(settings.name, "house")
    XCTAssertTrue(settings.isLoud)
    XCTAssertEqual(settings.wait, .seconds(60))
    XCTAssertEqual(settings.colour, .blue)
    XCTAssertEqual(settings.secret, "x")
    XCTAssertFalse(try read("--loud=0", ["APP_LOUD": "1"]).isLoud)
    XCTAssertEqual(try read("").count, Settings().count)
  }

  func testValue_isRefused_byTheNameThatItCameUnder() {
    let cases: [(String, [String: String], String)] = [
      ("--count 10", [:], "--count=\"10\" is not valid: it must be a whole number from 1 to 9"),
      (
        "", ["APP_COUNT": "x"],
        "APP_COUNT=\"x\" is not valid: it must be a whole number from 1 to 9"
      ),
      ("--share 2", [:], "--share=\"2\" is not valid: it must be a number from 0 to 1"),
      ("--colour pink", [:], "it must be red, green or blue"),
      ("--loud=maybe", [:], "--loud=\"maybe\" is not valid: it must be 0 or 1"),
      (
        "--long-wait 2m", [:],
        "a time from 0s to 1m40s, such as 10s, 1m30s, 500ms or a number of seconds"
      ),
      ("--count=", [:], "--count=\"\" is not valid: it must be a whole number from 1 to 9"),
      ("-n=", [:], "-n=\"\" is not valid: it is empty"),
      ("", ["APP_NAME": ""], "APP_NAME=\"\" is not valid: it is empty"),
      ("", ["APP_SECRET": "bad"], "APP_SECRET=\"(not shown)\" is not valid: it must be good"),
    ]
    for (line, environment, message) in cases {
      XCTAssertThrowsError(try read(line, environment), message) { error in
        XCTAssertTrue("\(error)".hasSuffix(message), "\(error)")
      }
    }
  }

  func testHelp_hasFlagValueDefaultAndVariable() {
    XCTAssertEqual(
      Settings.options.map(\.helpLines),
      [
        "  --count N\n      how many (3)  [APP_COUNT]\n",
        "  --share SHARE\n      of all (0.5)  [APP_SHARE]\n",
        "  --long-wait TIME\n      patience (1m30s)  [APP_LONG_WAIT]\n",
        "  --colour NAME\n      of the door (red)  [APP_COLOUR]\n",
        "  --name, -n NAME\n      of the house (none)  [APP_NAME]\n",
        "  --loud\n      say so  [APP_LOUD]\n", "  --word WORD\n      repeatable  [APP_WORD]\n",
        "  (only the variable)\n      hush  [APP_SECRET]\n",
      ]
    )
  }

  func testVariable_isUnknown_whenItHasThePrefixAndIsNoOption() {
    func unknown(_ names: String...) -> String? {
      Settings.unknownVariable(
        in: Dictionary(uniqueKeysWithValues: names.map { ($0, "") }),
        options: Settings.options,
        besides: ["APP_BUILD"]
      )
    }
    XCTAssertNil(unknown("APP_COUNT", "APP_BUILD", "APPLE"))
    XCTAssertEqual(unknown("APP_WAIT", "APP_CUONT"), "APP_CUONT")
  }
}
