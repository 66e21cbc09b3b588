import EventIO
import Foundation

/// The secrets in what a server, or its program, is given, as it may repeat them.
///
/// Nobody says that they are any, so that what is shorter than `leastBytes` is none.
extension Secret {
  /// Those in the value of a header field: all of it, what stands behind a scheme, and what that stands for where
  /// the scheme is Basic: `USER:PASSWORD`, and the password alone (RFC 7617 §2).
  static func all(inField value: String) -> [Secret] {
    let parts = value.split(at: 0x20, maxSplits: 1).map { String($0) }
    var texts = [value] + parts.dropFirst()
    if parts.count == 2, parts[0].asciiLowercased().hasSameBytes(as: "basic"),
      let data = Data(base64Encoded: String(parts[1].trimmed())),
      let credentials = String(validating: data, as: UTF8.self)
    {
      texts.append(credentials)
      texts += credentials.split(at: UInt8(ascii: ":"), maxSplits: 1).dropFirst().map { String($0) }
    }
    return of(texts)
  }

  /// Those in the query of a path: all of it, and each of its values as it is meant (WHATWG URL,
  /// application/x-www-form-urlencoded).
  static func all(inQueryOf path: String) -> [Secret] {
    guard let query = path.split(at: UInt8(ascii: "?"), maxSplits: 1).dropFirst().first else {
      return []
    }
    let values = query.split(at: UInt8(ascii: "&")).map { pair in
      let parts = pair.split(
        at: UInt8(ascii: "="),
        maxSplits: 1,
        omittingEmptySubsequences: false
      )
      let value = String(parts[parts.count - 1]).replacing(byte: UInt8(ascii: "+"), with: " ")
      return value.removingPercentEncoding ?? value
    }
    return of([String(query)] + values)
  }

  /// Those that may be among the arguments of a program, also inside of one that a shell takes apart: what is
  /// neither a name of an option nor a file that is there, and of `--key=value` the value.
  ///
  /// `known` are arguments that are none.
  static func all(inArguments arguments: [String], besides known: some Sequence<String>) -> [Secret]
  {
    let known = Array(known)
    let words = arguments.flatMap { argument in
      [argument] + argument.words().map { String($0) }
    }
    let texts = words.compactMap { word -> String? in
      var text = word
      if word.hasBytePrefix("-") {
        let parts = word.split(at: UInt8(ascii: "="), maxSplits: 1)
        guard parts.count == 2 else { return nil }
        text = String(parts[1])
      }
      let isKnown =
        known.contains { $0.hasSameBytes(as: text) } || FileManager.default.fileExists(atPath: text)
      return isKnown ? nil : text
    }
    return of(texts)
  }

  /// The longest first: one may be a part of another.
  private static func of(_ texts: [String]) -> [Secret] {
    let texts = texts.filter { $0.utf8.count >= leastBytes }
    return texts.sorted { $0.utf8.count > $1.utf8.count }.map { Secret($0) }
  }
}
