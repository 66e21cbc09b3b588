extension Double {
  /// The number without a needless fraction: `3`, `0.5`.
  var plainText: String {
    if let whole = Int(exactly: self) { return String(whole) }
    return String(self)
  }
}
