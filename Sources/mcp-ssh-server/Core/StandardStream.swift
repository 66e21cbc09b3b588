import Glibc

/// The two streams on which a program speaks to whoever started it.
enum StandardStream: Int32 {
  case output = 1
  case error = 2

  /// Writes a text in one call; a reader that is gone is not our concern.
  func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      _ = Glibc.write(rawValue, bytes.baseAddress, bytes.count)
    }
  }
}
