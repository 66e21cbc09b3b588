/// A directory or a file that is none of a recording, or one that this program cannot read.
package struct RecordingFormatError: Error, Sendable, Equatable, CustomStringConvertible {
  package let description: String

  /// Makes an error of a sentence.
  package init(_ description: String) {
    self.description = description
  }
}
