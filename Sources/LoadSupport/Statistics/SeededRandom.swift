import Glibc

/// Random numbers that are the same in every run with the same seed.
///
/// A load whose arrivals and operations differ from run to run cannot be run again to look at what
/// it found. The generator is xoshiro256++ (Blackman and Vigna, "Scrambled linear pseudorandom
/// number generators", ACM TOMS 47, 2021), its state filled from the seed by SplitMix64 (Steele,
/// Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014), as its authors
/// advise. It is no source of secrets.
package struct SeededRandom: RandomNumberGenerator, Sendable {
  /// The seed that this generator started from.
  package let seed: UInt64

  private var s0: UInt64
  private var s1: UInt64
  private var s2: UInt64
  private var s3: UInt64

  /// Creates a generator; any seed is as good as any other, zero too.
  package init(seed: UInt64) {
    self.seed = seed
    var filler = SplitMix64(state: seed)
    s0 = filler.next()
    s1 = filler.next()
    s2 = filler.next()
    s3 = filler.next()
  }

  /// The next 64 random bits.
  package mutating func next() -> UInt64 {
    let result = Self.rotated(s0 &+ s3, by: 23) &+ s0
    let shifted = s1 &<< 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = Self.rotated(s3, by: 45)
    return result
  }

  /// A number in [0, 1): one of the 2^53 equally spaced ones, all equally likely.
  package mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A number of an exponential distribution, in the unit of its mean.
  ///
  /// By inversion (Devroye, "Non-Uniform Random Variate Generation", 1986, II.2). It is never
  /// infinite, for `uniform()` is never 1.
  mutating func exponential(mean: Double) -> Double {
    -mean * log1p(-uniform())
  }

  /// A generator of its own for a worker or a share, independent of this one and of other indices.
  ///
  /// It depends on the seed and the index only, not on what was drawn before, so workers may be
  /// started in any order. Different indices of one generator always give different seeds.
  func stream(_ index: Int) -> SeededRandom {
    var mixer = SplitMix64(state: ~seed)
    // Adding a multiple of an odd number and mixing are both one to one, hence no collisions.
    let base = mixer.next() &+ UInt64(bitPattern: Int64(index)) &* SplitMix64.increment
    var derived = SplitMix64(state: base)
    return SeededRandom(seed: derived.next())
  }

  /// A generator of its own for a purpose, so that two uses of one seed do not draw alike.
  ///
  /// Names are told apart by a hash of theirs.
  func stream(named name: String) -> SeededRandom {
    stream(Int(truncatingIfNeeded: name.utf8.stableHash))
  }

  private static func rotated(_ bits: UInt64, by distance: UInt64) -> UInt64 {
    bits &<< distance | bits &>> (64 &- distance)
  }
}

/// Turns one 64-bit seed into many words that share no visible pattern.
private struct SplitMix64 {
  static let increment: UInt64 = 0x9e37_79b9_7f4a_7c15

  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= Self.increment
    var word = state
    word = (word ^ word &>> 30) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ word &>> 27) &* 0x94d0_49bb_1331_11eb
    return word ^ word &>> 31
  }
}

extension Sequence<UInt8> {
  /// A hash that is the same in each run and on each machine: FNV-1a of 64 bits (draft-eastlake-fnv).
  var stableHash: UInt64 {
    reduce(0xcbf2_9ce4_8422_2325) { hash, byte in (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }
}
