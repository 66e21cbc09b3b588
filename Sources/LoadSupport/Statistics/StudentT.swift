import Glibc

/// Student's t distribution, from which intervals of means of few values come.
enum StudentT {
  /// The value that t exceeds with a probability of 1 − `p`, to eight digits.
  ///
  /// With t = √ν · tan θ the density becomes c · cos^(ν − 1) θ, c = Γ((ν + 1)/2) ÷ (√π · Γ(ν/2))
  /// (Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.7.3 and 26.7.4), which is
  /// smooth and is integrated by Simpson's rule; bisection finds θ. The degrees of freedom ν need
  /// not be whole and count as a million at most, where the distribution is the normal one to six
  /// digits. A ν below 1 or a `p` outside 0.5..<1 is a programming error.
  static func quantile(_ p: Double, degreesOfFreedom: Double) -> Double {
    precondition(degreesOfFreedom >= 1 && p >= 0.5 && p < 1, "no t quantile")
    let freedom = min(degreesOfFreedom, 1e6)
    let scale = scale(freedom)
    var low = 0.0
    var high = widestAngle(freedom)
    for _ in 0..<40 {
      let middle = (low + high) / 2
      if 0.5 + scale * integral(to: middle, power: freedom - 1) < p {
        low = middle
      } else {
        high = middle
      }
    }
    return freedom.squareRoot() * tan(low)
  }

  /// The probability of more than `t`, to eight decimals, by the integral that `quantile` inverts.
  ///
  /// A ν below 1 is a programming error.
  static func upperTail(_ t: Double, degreesOfFreedom: Double) -> Double {
    precondition(degreesOfFreedom >= 1, "no t distribution")
    let freedom = min(degreesOfFreedom, 1e6)
    let angle = min(atan(abs(t) / freedom.squareRoot()), widestAngle(freedom))
    let inside = scale(freedom) * integral(to: angle, power: freedom - 1)
    return t < 0 ? min(1, 0.5 + inside) : max(0, 0.5 - inside)
  }

  /// The constant c of the density.
  private static func scale(_ freedom: Double) -> Double {
    exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / Double.pi.squareRoot()
  }

  /// Beyond t = 40 there is nothing left of a density so narrow that the panels would miss it.
  private static func widestAngle(_ freedom: Double) -> Double {
    min(Double.pi / 2, 40 / freedom.squareRoot())
  }

  /// The integral of cos^power from 0 to an angle.
  private static func integral(to angle: Double, power: Double) -> Double {
    let panels = 64
    let width = angle / Double(panels)
    let sum = (0...panels).reduce(0.0) { sum, index in
      let weight = index == 0 || index == panels ? 1.0 : index.isMultiple(of: 2) ? 2 : 4
      return sum + weight * pow(cos(Double(index) * width), power)
    }
    return sum * width / 3
  }
}
