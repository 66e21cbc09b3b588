import Foundation

/// A picture of figures over two axes, as SVG in a figure with its legend and its numbers in words.
///
/// Everything is drawn from marks in the axes' own units. Series differ in colour and in the shape of
/// their markers or in their pattern, so that nothing depends on colour alone; the colours are the
/// style sheet's.
struct SVGChart: Sendable {
  /// How values become positions.
  struct Axis: Sendable {
    /// What is on it, with its unit.
    let label: String

    let low: Double
    let high: Double
    let isLogarithmic: Bool
    let ticks: [(value: Double, label: String)]

    /// An axis in equal steps of 1, 2 or 5 times a power of ten, about `count` of them, that reach
    /// around the values.
    static func linear(
      _ label: String,
      _ values: [Double],
      count: Int = 5,
      isTight: Bool = false
    )
      -> Axis
    {
      // Servers report anything; beyond 10^15 steps and labels would no longer be exact.
      let values = values.filter { abs($0) <= 1e15 }
      let least = values.min() ?? 0
      let most = max(values.max() ?? 1, least + max(abs(least) * 1e-6, 1e-6))
      let rough = (most - least) / Double(count)
      let power = pow(10, log10(rough).rounded(.down))
      let step = power * ([1, 2, 5].first { $0 * power >= rough * 0.999 } ?? 10)
      let first = (least / step + 1e-9).rounded(isTight ? .up : .down)
      let last = (most / step - 1e-9).rounded(isTight ? .down : .up)
      let ticks = stride(from: first, through: max(last, first), by: 1).map { $0 * step }
      return Axis(
        label: label,
        low: isTight ? least : first * step,
        high: isTight ? most : last * step,
        isLogarithmic: false,
        ticks: ticks.map { ($0, NumberText.plain($0)) }
      )
    }

    /// An axis of powers of ten, with 2 and 5 between where there are few.
    static func logarithmic(_ label: String, _ values: [Double]) -> Axis {
      let positive = values.filter { $0 > 0 }
      let low = log10(positive.min() ?? 1)
      let high = max(log10(positive.max() ?? 10), low + 0.01)
      let steps: [Double] = high - low < 2.5 ? [1, 2, 5] : [1]
      let all = stride(from: low.rounded(.down), through: high.rounded(.up), by: 1).flatMap {
        power in
        steps.map { $0 * pow(10, power) }
      }
      let first = all.last { $0 <= pow(10, low) * 1.000_001 } ?? pow(10, low)
      let last = all.first { $0 >= pow(10, high) * 0.999_999 } ?? pow(10, high)
      return Axis(
        label: label,
        low: log10(first),
        high: log10(last),
        isLogarithmic: true,
        ticks: all.filter { $0 >= first && $0 <= last }.map { ($0, NumberText.plain($0)) }
      )
    }

    /// The axis of percentiles, on which each further nine takes as much room as the one before.
    static let percentiles = Axis(
      label: "percentile",
      low: 0,
      high: 4,
      isLogarithmic: false,
      ticks: [
        ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999),
      ]
      .map { (Axis.place(ofPercentile: $1), $0) }
    )

    /// Where a percentile is on that axis.
    static func place(ofPercentile p: Double) -> Double { -log10(1 - p) }

    /// An axis of names, the first at the top or at the left, in the middle of whole numbers.
    static func names(_ label: String, _ names: [String]) -> Axis {
      Axis(
        label: label,
        low: Double(names.count),
        high: 0,
        isLogarithmic: false,
        ticks: names.enumerated().map { (Double($0) + 0.5, $1) }
      )
    }

    /// The values at its ends.
    var least: Double { isLogarithmic ? pow(10, low) : low }
    var greatest: Double { isLogarithmic ? pow(10, high) : high }

    func share(_ value: Double) -> Double {
      let value = isLogarithmic ? log10(max(value, 1e-12)) : value
      let share = (value - low) / (high - low)
      // What is no number has no place; the edge is as good as any.
      return share.isFinite ? min(max(share, -0.02), 1.02) : 0
    }
  }

  /// A rectangle in the axes' units, with words in it where it is wide enough.
  struct Box: Sendable {
    let x: ClosedRange<Double>
    let y: ClosedRange<Double>
    var text = ""
  }

  /// A stretch of x with a name, and a number that stands for it where there is no room for that.
  struct Band: Sendable {
    let x: ClosedRange<Double>
    let name: String
    let number: Int
  }

  /// What is drawn.
  enum Mark: Sendable {
    /// A line through points, and markers.
    case line([(x: Double, y: Double)], markers: [(x: Double, y: Double)])

    /// A value that holds until the next instant.
    case steps([(x: Double, y: Double)])

    /// Filled rectangles.
    case boxes([Box])

    /// What values lie between, as upright bars.
    case ranges([(x: Double, y: ClosedRange<Double>)])
  }

  /// Marks that belong together.
  struct Series: Sendable {
    let name: String
    let style: String
    let mark: Mark

    /// Names the marks; `style` is one of the style sheet's.
    init(_ name: String, style: String, _ mark: Mark) {
      self.name = name
      self.style = style
      self.mark = mark
    }

    /// Whether there is anything to draw.
    var hasMarks: Bool {
      switch mark {
      case .line(let points, let markers): !points.isEmpty || !markers.isEmpty
      case .steps(let points): !points.isEmpty
      case .boxes(let boxes): !boxes.isEmpty
      case .ranges(let ranges): !ranges.isEmpty
      }
    }

    /// The style of the series at an index: colour and marker first, then also dashes.
    static func style(_ index: Int) -> String {
      "s\(index % 6)" + (index < 6 ? "" : " dash")
    }
  }

  /// The figure's heading.
  let title: String

  /// What the picture says, with its numbers.
  let words: String

  let x: Axis
  let y: Axis
  var series: [Series]

  /// Ranges of x with a tint: what is not measured.
  var tinted: [ClosedRange<Double>] = []

  /// Stretches of x with their names, in rows above the picture.
  var bands: [[Band]] = []

  /// The figure.
  var figure: Markup {
    Markup(
      "figure",
      [
        Markup(
          "figcaption",
          [Markup("strong", text: title), Markup(" "), Markup("span", text: words)]
        ),
        Markup(
          "ul",
          ["class": "keys"],
          keys.map { name, marks in
            let swatch = Markup(
              "svg",
              ["class": "swatch", "viewBox": "0 0 26 12", "aria-hidden": "true"],
              marks
            )
            return Markup("li", [swatch, Markup(name)])
          }
        ),
        Markup(
          "svg",
          [
            "viewBox": "0 0 \(Self.text(Self.width)) \(Self.text(height))", "role": "img",
            "aria-label": title,
          ],
          picture
        ),
      ]
    )
  }

  /// A file by itself: the picture below its title and its legend.
  var file: String {
    var head = [Markup("text", ["class": "title", "x": "2", "y": "18"], text: title)]
    var (x, y) = (2.0, 26.0)
    for (name, marks) in keys {
      let width = 46 + Double(name.utf8.count) * Self.signWidth
      if x > 2, x + width > Self.width { (x, y) = (2, y + 22) }
      head.append(
        Markup("g", ["transform": "translate(\(Self.text(x)) \(Self.text(y)))"], marks)
      )
      head.append(label(name, x + 32, y + 10, "unit"))
      x += width
    }
    y += 22
    let content = Markup("g", ["transform": "translate(0 \(Self.text(y)))"], picture)
    let style = [Markup(trusted: HTMLStyle.sheet), Markup(trusted: HTMLStyle.file)]
    return Markup(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg", "class": "file",
        "viewBox": "0 0 \(Self.text(Self.width)) \(Self.text(height + y))", "role": "img",
        "aria-label": title,
      ],
      [Markup("style", style), Markup(trusted: HTMLStyle.fillings)] + head + [content]
    ).text + "\n"
  }

  /// The names in the legend, each with a sample of its marks in a box of 26 by 12.
  private var keys: [(name: String, marks: [Markup])] {
    let tint = Markup("rect", ["class": "tint", "width": "26", "height": "12"])
    return series.filter { !$0.name.isEmpty }.map { ($0.name, Self.sample($0)) }
      + (tinted.isEmpty ? [] : [("not measured", [tint])])
  }

  private static func sample(_ series: Series) -> [Markup] {
    let line = Markup("path", ["class": "line \(series.style)", "d": "M0 6H26"])
    let marker = Markup(
      "path",
      ["class": "marker \(series.style)", "d": marker(series.style, 13, 6)]
    )
    return switch series.mark {
    case .line(let points, let markers):
      (points.isEmpty ? [] : [line]) + (markers.isEmpty ? [] : [marker])
    case .steps: [line]
    case .boxes:
      [Markup("rect", ["class": "box \(series.style)", "width": "26", "height": "12"])]
    case .ranges: [Markup("path", ["class": "line \(series.style)", "d": "M13 0V12"])]
    }
  }
}
