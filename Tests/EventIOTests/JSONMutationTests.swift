import Foundation
import XCTest

@testable import EventIO

final class JSONMutationTests: XCTestCase {
  /// A generator of its own, since the library under test has none (Steele, Lea and Flood, 2014).
  private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var word = state
      word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
      word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
      return word ^ word >> 31
    }
  }

  private static let samples = [
    #"{"jsonrpc":"2.0","id":17,"result":{"content":[{"type":"text","text":"host\n"}]}}"#,
    #"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"pool \"limit\"","data":{}}}"#,
    #"[ {"a" : [ 1.5e+10 , -0 , true ] } , [ [ ] , { } ] , "\u00e9\ud83d\ude00\\" ]"#,
    #"{"ts":1770910245123,"worker":3,"op":"cat","latency_ms":12.345,"status":"success"}"#,
    "[[[[[[[[[[\"deep\"]]]]]]]]]]", " null ", "-12.5E-3", #""text with \t escapes""#,
  ]

  func testJSON_neitherCrashesNorContradictsItself_whenSamplesAreDamaged() throws {
    let samples = Self.samples.map { Array($0.utf8) }
    let seed: UInt64 = 8_259
    var random = SplitMix(state: seed)
    for round in 0..<100_000 {
      let bytes = Self.damaged(samples, &random)
      let value = try? JSONValue(parsing: bytes)
      let isSkipped = bytes.withUnsafeBytes { raw in
        var scanner = JSONScanner(raw)
        return (try? scanner.skipValue()) != nil && (try? scanner.expectEnd()) != nil
      }
      let context = "seed \(seed), round \(round): \(String(decoding: bytes, as: UTF8.self))"
      XCTAssertEqual(value != nil, isSkipped, context)
      guard let value else { continue }
      XCTAssertEqual(try JSONValue(parsing: value.encoded), value, context)
      _ = (value.integer, value.double, value.bool, value.array, value["result"]?["content"])
    }
  }

  /// Texts out of JSON's tokens in any order, without the liberties that strings are allowed.
  func testJSON_acceptsWhatFoundationAccepts_whenTokensComeInAnyOrder() {
    let tokens = [
      "{", "}", "[", "]", ",", ":", "{\"a\":", "[1,", #""""#, #""a""#, #""\u00e9\"""#,
      #""\ud83d\ude00""#, "0", "-1", "12", "1.5", "2e3", "-0.0E-1", "true", "false", "null", " ",
      "\n", "-", ".", "e1", "00", "tru", "nulll", "+", "'",
    ]
    let seed: UInt64 = 404
    var random = SplitMix(state: seed)
    var accepted = 0
    for round in 0..<20_000 {
      let length = Int.random(in: 1...8, using: &random)
      var text = (0..<length)
        .map { _ in tokens[Int.random(in: tokens.indices, using: &random)] }
        .joined()
      // By chance alone hardly any text is closed.
      if Bool.random(using: &random) { text += Self.closing(text) }
      let value = try? JSONValue(parsing: text.utf8)
      if Self.isJudgedOtherwise(text, value) { continue }
      XCTAssertEqual(
        value != nil,
        Self.foundationAccepts(text),
        "seed \(seed), round \(round): \(text)"
      )
      if value != nil { accepted += 1 }
    }
    XCTAssertGreaterThan(accepted, 1_000, "the corpus is no test of acceptance")
  }

  /// What closes the brackets that are open, as far as they are well nested.
  private static func closing(_ text: String) -> String {
    var open: [Character] = []
    for character in text {
      switch character {
      case "{": open.append("}")
      case "[": open.append("]")
      case "}", "]": _ = open.popLast()
      default: break
      }
    }
    return String(open.reversed())
  }

  /// Foundation takes a comma before a closing bracket, and no number beyond a Double's range; the
  /// grammar (RFC 8259) has it the other way round.
  private static func isJudgedOtherwise(_ text: String, _ value: JSONValue?) -> Bool {
    let dense = text.filter { !$0.isWhitespace }
    return dense.contains(",]") || dense.contains(",}") || value.map(hasHugeNumber) == true
  }

  private static func hasHugeNumber(_ value: JSONValue) -> Bool {
    switch value {
    case .number: value.double?.isFinite != true
    case .array(let elements): elements.contains(where: hasHugeNumber)
    case .object(let members): members.contains { hasHugeNumber($0.value) }
    default: false
    }
  }

  private static func foundationAccepts(_ text: String) -> Bool {
    (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)) != nil
  }

  private static func damaged(_ samples: [[UInt8]], _ random: inout SplitMix) -> [UInt8] {
    var bytes = samples[Int.random(in: samples.indices, using: &random)]
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let start = Int.random(in: 0...bytes.count, using: &random)
      let end = min(bytes.count, start + Int.random(in: 0...6, using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0 where start < bytes.count:
        bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes.removeSubrange(start..<end)
      case 2: bytes.insert(.random(in: .min ... .max, using: &random), at: start)
      case 3: bytes.insert(contentsOf: bytes[start..<end], at: start)
      case 4: bytes.removeSubrange(start...)
      default:
        let other = samples[Int.random(in: samples.indices, using: &random)]
        bytes.replaceSubrange(
          start..<end,
          with: other.prefix(Int.random(in: 0...20, using: &random))
        )
      }
    }
    return bytes
  }
}
