import Foundation

/// A file of the package's own source.
struct SourceFile {
  /// The path below the package's directory.
  let path: String

  let text: String

  /// The text without comments and without what stands in strings, except in interpolations.
  var code: String {
    var code = ""
    var rest = Substring(text)
    while let character = rest.first {
      if rest.hasPrefix("//") {
        rest = rest.drop { $0 != "\n" }
      } else if rest.hasPrefix("/*") {
        rest = rest.range(of: "*/").map { rest[$0.upperBound...] } ?? ""
      } else if !Self.takeString(&rest, &code) {
        code.append(character)
        rest = rest.dropFirst()
      }
    }
    return code
  }

  /// Steps over a string if one begins here, and keeps what is interpolated into it.
  private static func takeString(_ rest: inout Substring, _ code: inout String) -> Bool {
    takeLiteral(&rest) { takeInterpolation(&$0, &code) } != nil
  }

  /// The text of a literal if one begins here, with `…` for what is interpolated, over which the caller steps.
  static func takeLiteral(
    _ rest: inout Substring,
    overInterpolation step: (inout Substring) -> Void
  ) -> String? {
    let pounds = String(rest.prefix { $0 == "#" })
    var inside = rest.dropFirst(pounds.count)
    guard inside.first == "\"" else { return nil }
    let quotes = inside.hasPrefix("\"\"\"") ? "\"\"\"" : "\""
    let escape = "\\" + pounds
    inside = inside.dropFirst(quotes.count)
    var text = ""
    while !inside.isEmpty, !inside.hasPrefix(quotes + pounds) {
      if inside.hasPrefix(escape + "(") {
        inside = inside.dropFirst(escape.count + 1)
        step(&inside)
        text += "…"
      } else {
        let count = inside.hasPrefix(escape) ? escape.count + 1 : 1
        text += inside.prefix(count)
        inside = inside.dropFirst(count)
      }
    }
    rest = inside.dropFirst(quotes.count + pounds.count)
    return text
  }

  private static func takeInterpolation(_ rest: inout Substring, _ code: inout String) {
    var depth = 1
    code.append(" ")
    while depth > 0, let character = rest.first {
      if takeString(&rest, &code) { continue }
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      code.append(depth > 0 ? character : " ")
      rest = rest.dropFirst()
    }
  }

  /// The directory of the package.
  static let package = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// Every Swift file below a directory of the package.
  static func all(under directory: String) throws -> [SourceFile] {
    try FileManager.default.subpathsOfDirectory(atPath: "\(package)/\(directory)")
      .filter { $0.hasSuffix(".swift") }
      .sorted()
      .map { name in
        let path = "\(directory)/\(name)"
        return SourceFile(
          path: path,
          text: try String(contentsOfFile: "\(package)/\(path)", encoding: .utf8)
        )
      }
  }
}
