/// How a login proves who it is.
enum Credential: Hashable, Sendable {
  /// By the private key that the server was given, or by what ssh finds by itself.
  case serverKey
}
