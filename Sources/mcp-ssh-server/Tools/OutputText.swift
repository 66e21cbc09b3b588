/// Output of a command in the forms that JSON can carry.
struct OutputText: Equatable, Sendable {
  /// The output as text; what is not UTF-8 became U+FFFD.
  let text: String

  /// The exact bytes, if the text is not all of them.
  let base64: String?

  init(_ bytes: [UInt8]) {
    if let exact = String(validating: bytes, as: UTF8.self) {
      text = exact
      base64 = nil
    } else {
      text = String(decoding: bytes, as: UTF8.self)
      base64 = Base64.encode(bytes)
    }
  }
}
