@testable import LoadSupport

/// Damages bytes as broken peers and wires do, in the same way for the same seed.
struct ByteMutator {
  private var random: SeededRandom

  init(seed: UInt64) {
    random = SeededRandom(seed: seed)
  }

  /// One of the samples with one to four damages.
  mutating func mutation(of samples: [[UInt8]]) -> [UInt8] {
    var bytes = samples[Int.random(in: samples.indices, using: &random)]
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      damage(&bytes, samples)
    }
    return bytes
  }

  /// The bytes in one to six pieces, some of which may be empty.
  mutating func pieces(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    let cuts = (0..<Int.random(in: 0...5, using: &random))
      .map { _ in Int.random(in: 0...bytes.count, using: &random) }
      .sorted()
    return zip([0] + cuts, cuts + [bytes.count]).map { bytes[$0..<$1] }
  }

  private mutating func damage(_ bytes: inout [UInt8], _ samples: [[UInt8]]) {
    let part = range(in: bytes)
    switch Int.random(in: 0..<6, using: &random) {
    case 0 where !bytes.isEmpty:
      bytes[Int.random(in: bytes.indices, using: &random)] ^=
        1 << UInt8.random(in: 0..<8, using: &random)
    case 1:
      bytes.removeSubrange(part)
    case 2:
      bytes.insert(.random(in: .min ... .max, using: &random), at: part.lowerBound)
    case 3:
      bytes.insert(contentsOf: bytes[part], at: part.lowerBound)
    case 4:
      bytes.removeSubrange(part.lowerBound...)
    default:
      let other = samples[Int.random(in: samples.indices, using: &random)]
      bytes.replaceSubrange(part, with: other[range(in: other)])
    }
  }

  /// A short range anywhere, at times a long one.
  private mutating func range(in bytes: [UInt8]) -> Range<Int> {
    let start = Int.random(in: 0...bytes.count, using: &random)
    let longest = Int.random(in: 0..<4, using: &random) == 0 ? bytes.count : 4
    return start..<min(bytes.count, start + Int.random(in: 0...longest, using: &random))
  }
}
