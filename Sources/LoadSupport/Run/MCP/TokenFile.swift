import EventIO
import Foundation
import Synchronization

/// A file of bearer tokens, a line each: worker number i has line i, and all over again from the first.
///
/// Whoever writes a new token there while a load runs is heard: the file is read again when a server refuses a
/// token by 401.
package final class TokenFile: Sendable, Equatable {
  /// The path, for messages.
  package let path: String

  private struct State {
    var tokens: [Secret]

    /// What each worker was given last, by its index.
    var given: [Int: Secret] = [:]
  }

  private let state: Mutex<State>

  /// Reads a file; nil if it cannot be read, has no line, or one that is no token (RFC 6750 §2.1).
  package init?(_ path: String) {
    guard let tokens = Self.read(path) else { return nil }
    self.path = path
    state = Mutex(State(tokens: tokens))
  }

  /// The token of a worker.
  func token(ofWorker index: Int) -> Secret {
    state.withLock { state in
      let token = state.tokens[index % state.tokens.count]
      state.given[index] = token
      return token
    }
  }

  /// The token of a worker whose last one was refused, if the file has another one by now.
  ///
  /// Reads the file, unless somebody else has since: it blocks for that time.
  func renewed(ofWorker index: Int) -> Secret? {
    state.withLock { state in
      func next() -> Secret? {
        let token = state.tokens[index % state.tokens.count]
        return token == state.given[index] ? nil : token
      }
      if next() == nil, let tokens = Self.read(path) { state.tokens = tokens }
      guard let token = next() else { return nil }
      state.given[index] = token
      return token
    }
  }

  package static func == (one: TokenFile, other: TokenFile) -> Bool {
    one.path.hasSameBytes(as: other.path)
  }

  private static func read(_ path: String) -> [Secret]? {
    guard let data = FileManager.default.contents(atPath: path),
      let text = String(validating: data, as: UTF8.self)
    else { return nil }
    let lines = text.lines().map { $0.trimmed() }.filter { !$0.isEmpty }
    let areTokens = lines.allSatisfy { $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }
    return lines.isEmpty || !areTokens ? nil : lines.map { Secret(String($0)) }
  }
}
