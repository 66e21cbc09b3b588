/// Something to do at the server, and the name that stands for it in the recording.
package struct RemoteOperation: Sendable, Hashable {
  /// What is done.
  package enum Action: Sendable, Hashable {
    /// A command line for the remote shell, in one of the worker's SSH sessions.
    case command(String)

    /// Another SSH session; one that is not to reuse a pooled connection logs in anew.
    case connect(reusing: Bool)

    /// Giving an SSH session back.
    case disconnect

    /// The list of the server's tools: a request that needs no SSH session.
    case listTools

    /// `GET /health`.
    case checkHealth
  }

  /// What appears as the operation of a sample; figures are kept apart by it.
  package let name: String

  /// What is done.
  package let action: Action

  /// Creates an operation.
  package init(name: String, _ action: Action) {
    self.name = name
    self.action = action
  }

  /// Creates an operation that runs a command.
  package init(name: String, command: String) {
    self.init(name: name, .command(command))
  }

  /// Its kind, for readers of the recording.
  var kind: OperationKind {
    switch action {
    case .command: .command
    case .connect(let reusing): reusing ? .connect : .freshConnect
    case .disconnect: .disconnect
    case .listTools: .listTools
    case .checkHealth: .health
    }
  }

  /// What is done, for people.
  var summary: String {
    if case .command(let command) = action { command } else { kind.summary }
  }
}

/// An operation and how often it is wanted, relative to the others of its mix.
package struct WeightedOperation: Sendable, Hashable {
  /// What to run.
  package let operation: RemoteOperation

  /// Its share of the mix: any unit will do, for only the ratio to the sum of weights counts.
  let weight: Double

  /// Creates a weighted operation.
  init(_ operation: RemoteOperation, weight: Double) {
    self.operation = operation
    self.weight = weight
  }
}

/// Which operations workers run, and in what proportion.
package enum OperationMix: Sendable, Hashable {
  /// Each worker runs one after the other, over and over, from a place of its own.
  case inTurn([RemoteOperation])

  /// Each worker runs one after the other, over and over, from the first.
  case inOrder([RemoteOperation])

  /// Each request draws its operation anew, with a probability in proportion to its weight.
  case weighted([WeightedOperation])

  /// The operations of the mix, in the order that `OperationSequence` counts them.
  package var operations: [RemoteOperation] {
    switch self {
    case .inTurn(let operations), .inOrder(let operations): operations
    case .weighted(let choices): choices.map(\.operation)
    }
  }
}

/// The operations that one worker runs, one after the other, as indices into the mix.
///
/// It yields indices rather than operations so that a worker can encode each operation's request
/// once, before the load.
struct OperationSequence: Sendable {
  private enum Plan {
    case inTurn(next: Int, count: Int)
    case weighted(cumulative: [Double], random: SeededRandom)
  }

  private var plan: Plan

  /// Creates the sequence of a worker, whose index counts from 0.
  ///
  /// Operations in turn start at the worker's index, so that workers do not march in step; draws by
  /// weight come from a stream of random numbers of the worker's own. Nil for a mix without
  /// operations, for a negative or infinite weight, for weights that are all zero, and for a
  /// negative index.
  init?(_ mix: OperationMix, seed: UInt64, worker: Int) {
    guard worker >= 0 else { return nil }
    switch mix {
    case .inTurn(let operations):
      guard !operations.isEmpty else { return nil }
      plan = .inTurn(next: worker % operations.count, count: operations.count)
    case .inOrder(let operations):
      guard !operations.isEmpty else { return nil }
      plan = .inTurn(next: 0, count: operations.count)
    case .weighted(let choices):
      var cumulative: [Double] = []
      var total = 0.0
      for choice in choices {
        guard choice.weight >= 0 else { return nil }
        total += choice.weight
        cumulative.append(total)
      }
      guard total > 0, total.isFinite else { return nil }
      plan = .weighted(
        cumulative: cumulative,
        random: SeededRandom(seed: seed).stream(named: "operations").stream(worker)
      )
    }
  }

  /// The index, into the mix's operations, of the next one to run.
  mutating func next() -> Int {
    switch plan {
    case .inTurn(let index, let count):
      plan = .inTurn(next: index + 1 == count ? 0 : index + 1, count: count)
      return index
    case .weighted(let cumulative, var random):
      let total = cumulative[cumulative.count - 1]
      let drawn = random.uniform() * total
      plan = .weighted(cumulative: cumulative, random: random)
      // The product is below the total, for uniform() is below 1 by a unit in the last place.
      return cumulative.firstIndex { drawn < $0 } ?? cumulative.count - 1
    }
  }
}
