/// A course of values in a line of text, a block a value.
enum Sparkline {
  private static let blocks = Array("▁▂▃▄▅▆▇█")

  /// The line: the scale reaches at least a tenth around the median, so that noise does not look like
  /// a change.
  static func text(_ values: [Double]) -> String {
    guard let middle = NightLine.Figure(values)?.median, let least = values.min(),
      let most = values.max()
    else { return "" }
    let low = min(least, middle * 0.9)
    let range = max(most, middle * 1.1) - low
    return String(
      values.map { value in
        let share = range > 0 ? (value - low) / range : 0.5
        return blocks[min(Int(share * Double(blocks.count)), blocks.count - 1)]
      }
    )
  }
}
