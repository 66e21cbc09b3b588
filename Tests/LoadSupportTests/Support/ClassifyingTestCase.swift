import EventIO
import XCTest

@testable import LoadSupport

/// Has answers judged, and checks what they come to.
class ClassifyingTestCase: XCTestCase {
  func classify(
    _ status: Int,
    _ body: String,
    profile: ToolProfile = .standard,
    demanding demand: AnswerDemand = .result,
    hiding secrets: [Secret] = []
  ) -> Classification {
    var captures = AnswerCaptures()
    return Array(body.utf8).withUnsafeBytes {
      Classification(
        status: status,
        body: $0,
        expecting: 7,
        demanding: demand,
        reader: AnswerReader(profile),
        into: &captures,
        hiding: secrets
      )
    }
  }

  func check(
    _ outcome: Outcome,
    _ body: String,
    says words: String? = nil,
    line: UInt = #line
  ) {
    check(outcome, 200, body, says: words, line: line)
  }

  func check(
    _ outcome: Outcome,
    _ status: Int,
    _ body: String,
    says words: String? = nil,
    line: UInt = #line
  ) {
    let verdict = classify(status, body)
    XCTAssertEqual(verdict.outcome, outcome, "HTTP \(status) \(body)", line: line)
    XCTAssertEqual(verdict.error == nil, outcome == .success, body, line: line)
    if let words, verdict.error?.contains(words) != true {
      XCTFail("\(verdict.error ?? "nil") does not say \(words)", line: line)
    }
  }
}

/// Bodies of answers to the request number 7.
enum Body {
  static func toolError(_ text: String, _ more: String = "") -> String {
    #"{"id":7,"result":{"content":[{"type":"text","text":"\#(text)"}],"isError":true\#(more)}}"#
  }

  static func rpcError(_ code: String, _ message: String, _ more: String = "") -> String {
    #"{"jsonrpc":"2.0","id":7,"error":{"code":\#(code),"message":"\#(message)"\#(more)}}"#
  }

  static func ran(_ text: String, _ more: String = "") -> String {
    #"{"id":7,"result":{"content":[{"type":"text","text":"\#(text)"}]\#(more)}}"#
  }
}
