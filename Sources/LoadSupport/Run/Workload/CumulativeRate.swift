/// How many arrivals are to have come by an instant: the integral Λ(t) of a rate that stays or goes in
/// straight lines, with its inverse.
///
/// The k-th arrival of an even process lies at Λ⁻¹(k), and those of a Poisson process lie where Λ⁻¹ takes a
/// Poisson process of rate one (Çinlar, "Introduction to Stochastic Processes", 1975, 4.7; Lewis and
/// Shedler, "Simulation of nonhomogeneous Poisson processes by thinning", 1979, has the alternatives).
/// Instants are nanoseconds from the beginning, rates are per second.
struct CumulativeRate: Sendable {
  private static let nanosecondsPerSecond = 1e9

  private struct Piece {
    let start: Int64
    var length: Int64
    let rate: Workload.Ramp

    /// Λ at its start.
    let before: Double

    /// By how much Λ grows in it.
    var count: Double { (rate.from + rate.to) / 2 * (Double(length) / nanosecondsPerSecond) }
  }

  private var pieces: [Piece] = []

  /// Λ at the end.
  private(set) var total = 0.0

  /// Lets the rate go on like this for so many nanoseconds.
  ///
  /// A rate that stays what it was makes no new piece, so that its instants are those of one.
  mutating func append(_ rate: Workload.Ramp, nanoseconds length: Int64) {
    guard length > 0 else { return }
    if let last = pieces.last, last.rate.isSteady, last.rate == rate {
      pieces[pieces.count - 1].length += length
    } else {
      let start = pieces.last.map { $0.start + $0.length } ?? 0
      pieces.append(Piece(start: start, length: length, rate: rate, before: total))
    }
    total = pieces.last.map { $0.before + $0.count } ?? 0
  }

  /// Where Λ reaches a count; `Int64.max` if it never does.
  ///
  /// Computed anew for each count, so that no error adds up.
  func instant(of count: Double) -> Int64 {
    guard let piece = pieces.first(where: { count < $0.before + $0.count }) else { return .max }
    let due = count - piece.before
    let offset =
      piece.rate.isSteady
      ? Self.offset(of: due, ratePerSecond: piece.rate.from) : Self.offset(of: due, in: piece)
    return piece.start + min(offset, piece.length)
  }

  /// Takes the whole seconds off first: nanoseconds of a long run have more digits than a Double.
  private static func offset(of count: Double, ratePerSecond rate: Double) -> Int64 {
    let seconds = (count / rate).rounded(.down)
    guard seconds < 9_223_372_036 else { return .max }
    // What is left of the arrivals after those seconds, rounded only once (fused multiply-add).
    let left = count.addingProduct(-seconds, rate)
    return Int64(seconds) * 1_000_000_000 + wholeNanoseconds(left * nanosecondsPerSecond / rate)
  }

  /// Solves a·t + s·t²/2 = count for the rate a + s·t.
  ///
  /// In the form 2·count ÷ (a + √(a² + 2·s·count)), in which nothing is divided by a slope near zero and no
  /// two large numbers cancel.
  private static func offset(of count: Double, in piece: Piece) -> Int64 {
    guard count > 0 else { return 0 }
    let start = piece.rate.from
    let slope = (piece.rate.to - start) / (Double(piece.length) / nanosecondsPerSecond)
    // A falling rate's end may lie below zero by the last digit.
    let reached = max(0, start * start + 2 * slope * count).squareRoot()
    return wholeNanoseconds(2 * count / (start + reached) * nanosecondsPerSecond)
  }

  private static func wholeNanoseconds(_ offset: Double) -> Int64 {
    offset < 0x1p63 ? Int64(offset.rounded()) : .max
  }
}
