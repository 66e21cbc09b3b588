import EventIO
import XCTest

@testable import LoadSupport

final class WorkloadDigestTests: XCTestCase {
  private static let shop = Workload(
    "shop",
    data: ["users": Workload.DataFile("users.csv")],
    operations: ["search": .tool("search", ["q": "{users.id}"]), "price": .tool("price")],
    sequences: ["buy": [.call("search"), .call("price")]],
    steps: [Workload.Step(length: .seconds(1), groups: [Workload.Group(mix: .inTurn(["buy"]))])]
  )

  private func rows(_ text: String) throws -> DataRows {
    let directory = try TemporaryDirectory()
    _ = try directory.write(text.utf8, to: "users.csv")
    return try DataRows.load(Self.shop, directory: directory.path)
  }

  /// Nights of today are compared with those of years ago.
  func testDigest_isTheSameForEver() throws {
    XCTAssertEqual(Self.shop.digest(try rows("id\n1\n")), "1cdc87496734ac3f")
  }

  func testDigest_differs_whereTheLoadDoes() throws {
    let changes: [(inout Workload) -> Void] = [
      { $0.operations["search"] = .tool("search", ["q": "{users.id}", "page": 2]) },
      { $0.operations["price"]?.expect.text = ["eur"] },
      { $0.operations["price"]?.capture = ["eur": "/structuredContent/eur"] },
      { $0.sequences["buy"] = [.call("price"), .call("search")] },
      { $0.data["users"]?.order = .random }, { $0.data["users"]?.file = "others.csv" },
      { $0.setup = ["price"] }, { $0.heldSessions = 0...1 },
      { $0.steps[0].groups[0].mix = .weighted(["buy": 1, "price": 2]) },
      { $0.headers["X-Shop"] = "1" },
    ]
    let data = try rows("id\n1\n")
    var digests: Set = [Self.shop.digest(data), Self.shop.digest(try rows("id\n1\n2\n"))]
    for change in changes {
      var workload = Self.shop
      change(&workload)
      digests.insert(workload.digest(data))
    }
    XCTAssertEqual(digests.count, changes.count + 2)
  }

  func testDigest_isTheSame_whereTheLoadIs() throws {
    let data = try rows("id\n1\n")
    var workload = Self.shop
    workload.headers = ["X-Shop": "1"]
    workload.operations["price"]?.headers = ["X-Key": "a"]
    var other = workload
    other.title = "Shop"
    other.thresholds = [Workload.Limit("p99_ms", 20)]
    // What stands in header fields may be a secret.
    other.headers["X-Shop"] = "2"
    other.operations["price"]?.headers["X-Key"] = "b"
    XCTAssertEqual(other.digest(data), workload.digest(data))
  }
}
