/// How a login proves who it is.
///
/// It is part of the pool's key, so it is compared, but it never shows what it holds.
enum Credential: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  /// By the private key that the server was given, or by what ssh finds by itself: an agent, or the
  /// usual files.
  case serverKey

  /// By a password, held as bytes: texts are equal when they look the same, which is not enough for a
  /// secret.
  case password([UInt8])

  var description: String {
    switch self {
    case .serverKey: "key"
    case .password: "password"
    }
  }

  var debugDescription: String { description }
}
