/// How a picture's marks become shapes, and where its labels stand.
///
/// Pictures are drawn in one size and shown in others, with text that grows where they are small: labels
/// have room for that.
extension SVGChart {
  static let width = 520.0
  private static let plotHeight = 220.0
  private static let right = 14.0
  private static let bandHeight = 20.0

  /// The most that a sign of a label is wide, where the picture is small and its text large.
  static let signWidth = 9.5

  /// All of the picture.
  var height: Double { floor + 52 }

  private var top: Double { 32 + Double(bands.count) * Self.bandHeight }
  private var floor: Double { top + Self.plotHeight }

  /// Room for the labels of y.
  private var left: Double {
    let signs = y.ticks.map(\.label.utf8.count).max() ?? 0
    return min(Double(signs) * Self.signWidth + 14, Self.width * 0.4)
  }

  /// What is in the picture.
  var picture: [Markup] {
    [Markup("title", text: title), Markup("desc", text: words)] + tints + named + grid
      + series.flatMap(draw)
  }

  // MARK: Axes

  private func horizontal(_ value: Double) -> Double {
    left + x.share(value) * (Self.width - left - Self.right)
  }

  private func vertical(_ value: Double) -> Double {
    floor - y.share(value) * Self.plotHeight
  }

  private var tints: [Markup] {
    tinted.map { range in
      let from = max(horizontal(range.lowerBound), left)
      let to = min(horizontal(range.upperBound), Self.width - Self.right)
      return Markup(
        "rect",
        [
          "class": "tint", "x": Self.text(from), "y": Self.text(top),
          "width": Self.text(max(0, to - from)),
          "height": Self.text(Self.plotHeight),
        ]
      )
    }
  }

  /// The bands with their names, or their numbers where those do not fit.
  private var named: [Markup] {
    bands.enumerated().flatMap { row, bands in
      bands.enumerated().flatMap { index, band -> [Markup] in
        let from = horizontal(band.x.lowerBound)
        let width = horizontal(band.x.upperBound) - from
        let y = top - Double(row + 1) * Self.bandHeight
        let box = Markup(
          "rect",
          [
            "class": "band\(index % 2)", "x": Self.text(from), "y": Self.text(y),
            "width": Self.text(max(1, width)), "height": Self.text(Self.bandHeight - 2),
          ]
        )
        let words = [band.name, String(band.number)].first { Self.fits($0, in: width) }
        return [Markup("g", [Markup("title", text: band.name), box])]
          + (words.map { [label($0, from + width / 2, y + 15, "middle unit")] } ?? [])
      }
    }
  }

  /// Whether words have room in a width.
  static func fits(_ words: String, in width: Double) -> Bool {
    Double(words.utf8.count) * signWidth + 2 <= width
  }

  private var grid: [Markup] {
    let floor = floor
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
      let isCut = place + Double(tick.label.utf8.count) * Self.signWidth / 2 > Self.width
      return isCut
        ? label(tick.label, Self.width, floor + 21, "end")
        : label(tick.label, place, floor + 21, "middle")
    }
    grid.append(label(y.label, 2, 15, "unit"))
    grid.append(label(x.label, Self.width, height - 8, "unit end"))
    return grid
  }

  func label(_ text: String, _ x: Double, _ y: Double, _ style: String) -> Markup {
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
        if !box.text.isEmpty, Self.fits(box.text, in: width) {
          words.append(label(box.text, x + width / 2, (a + b) / 2 + 4, "middle inside"))
        }
      }
      return path("box", d) + words
    case .ranges(let ranges):
      let bars = ranges.map { range in
        let x = horizontal(range.x)
        let ends = [range.y.lowerBound, range.y.upperBound].map { Self.text(vertical($0)) }
        let caps = ends.map { "M\(Self.text(x - 3)) \($0)h6" }.joined()
        return "M\(Self.text(x)) \(ends[0])V\(ends[1])\(caps)"
      }
      return path("line", bars.joined())
    }
  }

  /// A marker around a point: circle, square, triangle, diamond, cross or bar, by the style.
  static func marker(_ style: String, _ x: Double, _ y: Double) -> String {
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
  static func text(_ value: Double) -> String {
    let tenths = Int(exactly: (value * 10).rounded()) ?? 0
    return tenths.isMultiple(of: 10) ? String(tenths / 10) : String(Double(tenths) / 10)
  }
}
