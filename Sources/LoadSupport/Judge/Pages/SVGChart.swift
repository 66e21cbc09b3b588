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

    fileprivate func share(_ value: Double) -> Double {
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

  /// What is drawn.
  enum Mark: Sendable {
    /// A line through points, and markers.
    case line([(x: Double, y: Double)], markers: [(x: Double, y: Double)])

    /// A value that holds until the next instant.
    case steps([(x: Double, y: Double)])

    /// Filled rectangles.
    case boxes([Box])
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

  /// Room for the labels of y.
  var left = 62.0

  private static let width = 520.0
  private static let height = 290.0
  private static let top = 26.0
  private static let right = 14.0
  private static let bottom = 44.0

  /// The figure.
  var figure: Markup {
    var keys = series.filter { !$0.name.isEmpty }.map { Self.key($0.name, [Self.swatch($0)]) }
    if !tinted.isEmpty {
      keys.append(
        Self.key(
          "not measured",
          [Self.sample([Markup("rect", ["class": "tint", "width": "26", "height": "12"])])]
        )
      )
    }
    return Markup(
      "figure",
      [
        Markup(
          "figcaption",
          [Markup("strong", text: title), Markup(" "), Markup("span", text: words)]
        ),
        Markup("ul", ["class": "keys"], keys), picture,
      ]
    )
  }

  private static func key(_ name: String, _ swatch: [Markup]) -> Markup {
    Markup("li", swatch + [Markup(name)])
  }

  private static func sample(_ content: [Markup]) -> Markup {
    Markup("svg", ["class": "swatch", "viewBox": "0 0 26 12", "aria-hidden": "true"], content)
  }

  private static func swatch(_ series: Series) -> Markup {
    let line = Markup("path", ["class": "line \(series.style)", "d": "M0 6H26"])
    let marker = Markup(
      "path",
      ["class": "marker \(series.style)", "d": marker(series.style, 13, 6)]
    )
    return switch series.mark {
    case .line(let points, let markers):
      sample((points.isEmpty ? [] : [line]) + (markers.isEmpty ? [] : [marker]))
    case .steps: sample([line])
    case .boxes:
      sample([
        Markup("rect", ["class": "box \(series.style)", "width": "26", "height": "12"])
      ])
    }
  }

  private var picture: Markup {
    Markup(
      "svg",
      [
        "viewBox": "0 0 \(Self.text(Self.width)) \(Self.text(Self.height))", "role": "img",
        "aria-label": title,
      ],
      [Markup("title", text: title), Markup("desc", text: words)] + tints + grid
        + series.flatMap(draw)
    )
  }

  // MARK: Axes

  private func horizontal(_ value: Double) -> Double {
    left + x.share(value) * (Self.width - left - Self.right)
  }

  private func vertical(_ value: Double) -> Double {
    Self.height - Self.bottom - y.share(value) * (Self.height - Self.bottom - Self.top)
  }

  private var tints: [Markup] {
    tinted.map { range in
      let from = max(horizontal(range.lowerBound), left)
      let to = min(horizontal(range.upperBound), Self.width - Self.right)
      return Markup(
        "rect",
        [
          "class": "tint", "x": Self.text(from), "y": Self.text(Self.top),
          "width": Self.text(max(0, to - from)),
          "height": Self.text(Self.height - Self.bottom - Self.top),
        ]
      )
    }
  }

  private var grid: [Markup] {
    let floor = Self.height - Self.bottom
    let end = Self.width - Self.right
    let lines = y.ticks.map {
      "M\(Self.text(left)) \(Self.text(vertical($0.value)))H\(Self.text(end))"
    }
    let notches = x.ticks.map { "M\(Self.text(horizontal($0.value))) \(Self.text(floor))v5" }
    var grid = [
      Markup("path", ["class": "grid", "d": lines.joined()]),
      Markup(
        "path",
        [
          "class": "axis",
          "d": "M\(Self.text(left)) \(Self.text(floor))H\(Self.text(end))" + notches.joined(),
        ]
      ),
    ]
    grid += y.ticks.map { label($0.label, left - 8, vertical($0.value) + 4, "end") }
    grid += x.ticks.map { tick in
      let place = horizontal(tick.value)
      // A wide label at the end would be cut off.
      return place > end - 1 && tick.label.count > 4
        ? label(tick.label, end + 8, floor + 20, "end")
        : label(tick.label, place, floor + 20, "middle")
    }
    grid.append(label(y.label, 2, 14, "unit"))
    grid.append(label(x.label, end, Self.height - 6, "unit end"))
    return grid
  }

  private func label(_ text: String, _ x: Double, _ y: Double, _ style: String) -> Markup {
    Markup(
      "text",
      ["class": style, "x": Self.text(x), "y": Self.text(y)],
      text: text
    )
  }

  // MARK: Marks

  private func draw(_ series: Series) -> [Markup] {
    func path(_ kind: String, _ d: String) -> [Markup] {
      d.isEmpty ? [] : [Markup("path", ["class": "\(kind) \(series.style)", "d": d])]
    }
    func markers(_ points: [(x: Double, y: Double)]) -> [Markup] {
      path(
        "marker",
        points.map { Self.marker(series.style, horizontal($0.x), vertical($0.y)) }.joined()
      )
    }
    switch series.mark {
    case .line(let points, let marked):
      let places = points.map { "\(Self.text(horizontal($0.x))) \(Self.text(vertical($0.y)))" }
      return path("line", places.isEmpty ? "" : "M" + places.joined(separator: "L"))
        + markers(points.count == 1 ? points : marked)
    case .steps(let points):
      var d = ""
      var last = ""
      for point in points {
        let y = Self.text(vertical(point.y))
        if d.isEmpty {
          d = "M\(Self.text(horizontal(point.x))) \(y)"
        } else if y != last {
          d += "H\(Self.text(horizontal(point.x)))V\(y)"
        }
        last = y
      }
      return path("line", points.last.map { d + "H\(Self.text(horizontal($0.x)))" } ?? "")
    case .boxes(let boxes):
      var d = ""
      var words: [Markup] = []
      for box in boxes {
        let x = horizontal(box.x.lowerBound)
        let width = horizontal(box.x.upperBound) - x
        let (a, b) = (vertical(box.y.lowerBound), vertical(box.y.upperBound))
        let height = Self.text(abs(b - a))
        d +=
          "M\(Self.text(x)) \(Self.text(min(a, b)))h\(Self.text(width))v\(height)h\(Self.text(-width))z"
        if !box.text.isEmpty, width > Double(box.text.count) * 10 + 4 {
          words.append(label(box.text, x + width / 2, (a + b) / 2 + 4, "middle inside"))
        }
      }
      return path("box", d) + words
    }
  }

  /// A marker around a point: circle, square, triangle, diamond, cross or bar, by the style.
  private static func marker(_ style: String, _ x: Double, _ y: Double) -> String {
    let shape =
      switch style.dropFirst().first {
      case "1": "m-4 -4h8v8h-8z"
      case "2": "m0 -5l5 9h-10z"
      case "3": "m0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z"
      case "4": "m-4 -4l8 8m0 -8l-8 8"
      case "5": "m-5 0h10m-5 -5v10"
      default: "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z"
      }
    return "M\(text(x)) \(text(y))" + shape
  }

  /// A coordinate with one decimal at most.
  private static func text(_ value: Double) -> String {
    let tenths = Int(exactly: (value * 10).rounded()) ?? 0
    return tenths.isMultiple(of: 10) ? String(tenths / 10) : String(Double(tenths) / 10)
  }
}
