import EventIO

/// What connections must have in common to stand in for each other.
struct PoolKey: Hashable, Sendable {
  /// Account, host and port.
  let destination: SSHDestination

  /// How the login is proved.
  let credential: Credential
}

/// A shell that belongs to one SSH session until it is given back.
struct PooledShell: Sendable {
  /// The pool's number for it.
  let number: Int

  /// The shell.
  let shell: RemoteShell

  /// Whether it was there before it was asked for.
  let wasReused: Bool
}

/// Why the pool gives no connection.
enum PoolFailure: Error, Equatable, Sendable {
  /// All of so many connections are in use.
  case full(limit: Int)

  /// There was room, but the login failed.
  case login(LoginFailure)

  /// The server is ending.
  case closed
}

/// Logs in, keeps connections for the next user, and closes them.
@ServerLoop
final class ConnectionPool {
  private var ledger: PoolLedger<PoolKey>
  private var shells: [Int: RemoteShell] = [:]
  private let settings: SSHClientSettings
  private let log: Log
  private var isClosed = false

  init(limit: Int, settings: SSHClientSettings, log: Log) {
    ledger = PoolLedger(limit: limit)
    self.settings = settings
    self.log = log
  }

  /// What happened to the pool so far.
  var counters: PoolLedger<PoolKey>.Counters { ledger.counters }

  /// How many connections each key has in use and idle.
  var countsByKey: [PoolKey: (active: Int, idle: Int)] { ledger.countsByKey }

  /// Gives an idle connection, or logs in if there is room.
  func acquire(_ key: PoolKey, reusing: Bool) async throws(PoolFailure) -> PooledShell {
    guard !isClosed else { throw .closed }
    switch ledger.acquire(key, reusing: reusing) {
    case .reuse(let number):
      guard let shell = shells[number] else {
        preconditionFailure("an idle connection has a shell")
      }
      return PooledShell(number: number, shell: shell, wasReused: true)
    case .create(let number, let victim):
      if let victim { shells.removeValue(forKey: victim)?.close() }
      return try await create(number, for: key)
    case .full:
      throw .full(limit: ledger.limit)
    }
  }

  /// Takes a connection back for the next user.
  func release(_ pooled: PooledShell) {
    guard ledger.release(pooled.number, at: .now()) else { return discard(pooled) }
  }

  /// Closes a connection that its user does not want to give to others.
  func discard(_ pooled: PooledShell) {
    ledger.discard(pooled.number)
    shells.removeValue(forKey: pooled.number)?.close()
  }

  /// Closes all connections and makes no more.
  func close() {
    isClosed = true
    for shell in shells.values { shell.close() }
    shells = [:]
  }

  private func create(_ number: Int, for key: PoolKey) async throws(PoolFailure) -> PooledShell {
    let start = MonotonicInstant.now()
    let shell: RemoteShell
    do throws(LoginFailure) {
      shell = try await RemoteShell.login(to: key.destination, settings: settings)
    } catch {
      ledger.failed(number)
      log.write(.warning, "login failed", ["code": error.reason.rawValue, "reason": error.text])
      throw .login(error)
    }
    guard !isClosed else {
      shell.close()
      throw .closed
    }
    ledger.connected(number)
    shells[number] = shell
    shell.onDeath = { [weak self] in self?.shellDied(number, key) }
    log.write(
      .info,
      "connected",
      [
        "destination": "\(key.destination)", "connection": "\(number)",
        "duration_ms": "\(Int((MonotonicInstant.now() - start).seconds * 1000))",
      ]
    )
    return PooledShell(number: number, shell: shell, wasReused: false)
  }

  private func shellDied(_ number: Int, _ key: PoolKey) {
    ledger.died(number)
    shells[number] = nil
    log.write(
      .warning,
      "connection lost",
      ["destination": "\(key.destination)", "connection": "\(number)"]
    )
  }
}
