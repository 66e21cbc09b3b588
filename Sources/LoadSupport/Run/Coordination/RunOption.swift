import EventIO
import Foundation
import Glibc

/// One setting of a run: a `LOADTEST_…` variable and a flag of the same meaning.
package typealias RunOption = ProgramOption<RunSettings>

extension RunSettings: ProgramSettings {
  package static let variablePrefix: String? = "LOADTEST_"

  /// All options in the order of the help.
  package static let options = OptionGroup.all.flatMap(\.options)

  /// Variables that only the build and the suite's own tests read.
  static let buildVariables = [
    "LOADTEST_CI", "LOADTEST_FUZZ", "LOADTEST_TESTS", "LOADTEST_UNOPTIMISED",
  ]
}

// MARK: Kinds of values

extension OptionValue where Value == String {
  /// The path of a program of this machine.
  static let program = OptionValue("PATH") { path throws(InvalidValue) in
    guard path.hasBytePrefix("/"), FileManager.default.isExecutableFile(atPath: path) else {
      throw .expected("the absolute path of an sshd")
    }
    return path
  }
}

extension OptionValue where Value == String {
  /// The path of a file that can be read, which is one of so-and-so.
  static func readableFile(_ what: String, holding part: String? = nil) -> OptionValue {
    OptionValue("FILE") { path throws(InvalidValue) in
      guard let file = FileManager.default.contents(atPath: path),
        part.map({ file.firstRange(of: $0.utf8) != nil }) ?? true
      else { throw .expected("a readable file \(what)") }
      return path
    }
  }

  /// One that holds a certificate.
  static func certificate(_ what: String) -> OptionValue {
    readableFile("\(what) (PEM)", holding: "-----BEGIN CERTIFICATE-----")
  }
}

extension OptionValue where Value == pid_t {
  /// The number of a process of this machine.
  static let process = OptionValue("PID") { text throws(InvalidValue) in
    guard let id = pid_t(text), id > 0, ProcessTree.Process(id) != nil else {
      throw .expected("the process id of a server that runs on this machine")
    }
    return id
  }
}

extension OptionValue where Value == ScenarioName {
  /// A scenario by its name, or a workload by its file.
  static let scenario = OptionValue("NAME|FILE", show: \.rawValue) { text throws(InvalidValue) in
    if WorkloadFile.isPath(text) { return try read(text) }
    guard let name = ScenarioName(rawValue: text) else {
      throw .expected(
        ScenarioName.allCases.map(\.rawValue).joined(separator: ", ") + " or a workload's file"
      )
    }
    return name
  }

  /// A workload by its file.
  static let workload = OptionValue("FILE", show: \.rawValue) { path throws(InvalidValue) in
    try read(path)
  }

  private static func read(_ path: String) throws(InvalidValue) -> ScenarioName {
    do throws(WorkloadFileError) {
      return ScenarioName(try WorkloadFile(path: path))
    } catch {
      throw .because(error.description)
    }
  }
}

extension OptionValue where Value == [String] {
  /// `uptime; df -h`, or a JSON array of texts where commands have semicolons of their own.
  static let commands = OptionValue("LIST") { text throws(InvalidValue) in
    let isJSON = text.trimmed().utf8.first == UInt8(ascii: "[")
    let array = isJSON ? (try? JSONValue(parsing: text.utf8))?.array ?? [] : []
    let commands =
      isJSON
      ? array.map { ($0.string ?? "") }
      : text.split(at: UInt8(ascii: ";")).map { String($0.trimmed()) }
    guard !commands.isEmpty, commands.allSatisfy({ !$0.isEmpty }) else {
      throw .expected(
        "commands with a semicolon between them, such as \"uptime; df -h\", or a JSON array of texts"
      )
    }
    return commands
  }
}

extension OptionValue where Value == HTTPURL {
  /// The address of a server; what may be a password in it is not shown.
  static let url = OptionValue("URL") { text throws(InvalidValue) in
    do throws(HTTPURLError) {
      return try HTTPURL(parsing: text)
    } catch {
      let maySayMore = text.utf8.contains { $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "?") }
      throw .expected(error.hint, shown: maySayMore ? "(not shown)" : error.text)
    }
  }
}

extension OptionValue where Value == ProxySettings.Choice {
  /// A proxy, or those of the environment.
  static let proxy = OptionValue("URL|env") { text throws(InvalidValue) in
    if text.hasSameBytes(as: "env") { return .environment }
    guard let url = ProxySettings.url(text) else {
      throw .expected("env or " + ProxySettings.valid, shown: "(not shown)")
    }
    return .named(url)
  }
}

extension OptionValue where Value == ServerCommand {
  /// The command line of a server.
  static let server = OptionValue("COMMAND") { text throws(InvalidValue) in
    guard let command = ServerCommand(text) else {
      let names = ServerCommand.placeholders.map { "{\($0.key)}" }
      throw .expected(
        "a command line, in which braces hold nothing but " + names.joined(separator: ", "),
        // The rest of it may hold a secret.
        shown: ServerCommand.unknownPlaceholder(in: text).map { "… {\($0)} …" }
          ?? "(a command line)"
      )
    }
    return command
  }
}

extension OptionValue where Value == StdioCommand {
  /// The command line of a stdio server.
  static let stdio = OptionValue("COMMAND") { text throws(InvalidValue) in
    if let command = StdioCommand(text) { return command }
    let places = StdioCommand.placeholders
    throw .expected(
      "a program and its arguments, with no quote left open, in which braces hold nothing but "
        + places.map { "{\($0.key)}" }.joined(separator: ", "),
      shown: ServerCommand.unknownPlaceholder(in: text, of: places).map { "… {\($0)} …" }
        ?? "(a command line)"
    )
  }
}

extension OptionValue where Value == [String: Secret] {
  /// Header fields, in lines that are not shown.
  static let headers = OptionValue("LINES") { text throws(InvalidValue) in
    try fields(in: text, shown: "(not shown)")
  }

  /// The same in a file.
  static let headersFile = OptionValue("FILE") { path throws(InvalidValue) in
    guard let text = SettingFile.text(path) else {
      throw .expected("a readable file with lines such as \"Authorization: Bearer …\"")
    }
    return try fields(in: text, shown: nil)
  }

  private static func fields(
    in text: String,
    shown: String?
  ) throws(InvalidValue) -> [String: Secret] {
    var fields: [String: Secret] = [:]
    for line in text.lines() where !line.isEmpty {
      guard let field = HeaderField(line) else {
        throw .expected(
          "lines such as \"Authorization: Bearer …\", with fields that the suite does not "
            + "send by itself (\(FieldGrammar.own.sorted().joined(separator: ", ")))",
          shown: shown
        )
      }
      fields[field.name] = field.value
    }
    return fields
  }
}

extension OptionValue where Value == String {
  /// The path of a file, which is read later.
  static let file = OptionValue("FILE") { path throws(InvalidValue) in
    guard FileManager.default.fileExists(atPath: path) else {
      throw .because("there is no such file")
    }
    return path
  }
}

extension OptionValue where Value == Secret {
  /// The first line of a file, which holds so-and-so.
  static func firstLine(_ what: String, holding part: String = "") -> OptionValue {
    OptionValue("FILE") { path throws(InvalidValue) in
      guard let line = SettingFile.text(path)?.lines().first, !line.isEmpty,
        line.containsBytes(part)
      else { throw .expected("a readable file of UTF-8 whose first line is \(what)") }
      return Secret(String(line))
    }
  }
}

extension OptionValue where Value == [LinkCondition] {
  /// `2322,2325` or `9322:100:10:0,…`: ports of known links, or links in full.
  static let links = OptionValue("LIST") { text throws(InvalidValue) in
    var links: [LinkCondition] = []
    for word in text.split(at: UInt8(ascii: ",")).flatMap({ $0.split(at: 0x20) }) {
      let known = LinkCondition.all.first { word.hasSameBytes(as: String($0.port)) }
      guard let link = known ?? LinkCondition(argument: String(word)), !link.isUndisturbed,
        !links.contains(where: { $0.port == link.port })
      else {
        let ports = LinkCondition.all.filter { !$0.isUndisturbed }.map { String($0.port) }
        throw .expected(
          "a list of different ports out of \(ports.joined(separator: ", ")), or of "
            + "PORT:DELAY_MS:JITTER_MS:LOSS_PERCENT"
        )
      }
      links.append(link)
    }
    return links
  }
}

extension OptionValue where Value == ToolProfile {
  /// The name of a profile that ships, or a JSON file.
  static let toolProfile = OptionValue("NAME|FILE", show: \.name) { text throws(InvalidValue) in
    if let profile = ToolProfile.shipped.first(where: { $0.name.hasSameBytes(as: text) }) {
      return profile
    }
    func invalid(_ reason: String) -> InvalidValue {
      let shipped = ToolProfile.shipped.map(\.name).joined(separator: ", ")
      return .expected(
        "\(shipped), or a JSON file as in docs/settings.md, \"Tool profiles\"; \(reason)"
      )
    }
    guard let file = FileManager.default.contents(atPath: text) else {
      throw invalid("there is no such file that can be read")
    }
    do throws(ToolProfileError) {
      return try ToolProfile(parsing: file)
    } catch {
      throw invalid("\(error)")
    }
  }
}

/// Files that settings name.
private enum SettingFile {
  /// The text of one in UTF-8, without a byte order mark; nil if it is none or cannot be read.
  static func text(_ path: String) -> String? {
    guard let data = FileManager.default.contents(atPath: path),
      let text = String(validating: data, as: UTF8.self)
    else { return nil }
    return text.hasBytePrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
  }
}
