import EventIO

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
  /// All of so many connections were in use, and still after the wait.
  case full(limit: Int, waited: Duration)

  /// There was room, but the login failed.
  case login(LoginFailure)

  /// Nobody wants it any more.
  case cancelled

  /// The server is ending.
  case closed
}

/// Logs in, keeps connections for the next user, and closes them.
@ServerLoop
final class ConnectionPool {
  /// How long connections are kept and waited for.
  struct Settings: Equatable, Sendable {
    /// How many connections there may be.
    var limit = 10

    /// After how long without a user a connection is closed.
    var idleTimeout = Duration.seconds(300)

    /// How many idle connections of each key are kept however old they are.
    var minimumIdle = 0

    /// How often an idle connection is tried; zero for never.
    var healthInterval = Duration.seconds(30)

    /// How long a request waits when all connections are in use.
    var wait = Duration.zero
  }

  /// Has a client that is gone give connections back; false if there is none.
  var takeBack: () -> Bool = { false }

  private static let checkTimeout = Duration.seconds(5)

  private let settings: Settings
  private let login: SSHLogin
  private let log: Log
  private var ledger: PoolLedger<PoolKey>
  private var shells: [Int: RemoteShell] = [:]
  private let queue = PoolQueue()
  private var isClosed = false
  private var isWatching = false

  init(_ settings: Settings, login: SSHLogin, log: Log) {
    self.settings = settings
    self.login = login
    self.log = log
    ledger = PoolLedger(limit: settings.limit)
  }

  /// How many connections there may be.
  var limit: Int { settings.limit }

  /// What happened to the pool so far.
  var counters: PoolLedger<PoolKey>.Counters { ledger.counters }

  /// How many connections each key has in use and idle.
  var countsByKey: [PoolKey: (active: Int, idle: Int)] { ledger.countsByKey }

  /// Gives an idle connection, or logs in if there is room; waits for its turn if the settings say so.
  func acquire(_ key: PoolKey, reusing: Bool) async throws(PoolFailure) -> PooledShell {
    guard !isClosed else { throw .closed }
    var decision = decide(key, reusing)
    while decision == .full, !ledger.isChecking, takeBack() { decision = decide(key, reusing) }
    let wait = ledger.isChecking ? max(settings.wait, Self.checkTimeout) : settings.wait
    if decision == .full, wait > .zero {
      watchForGoneClients()
      decision = await queue.wait(for: key, reusing: reusing, until: .now() + wait)
    }
    switch decision {
    case .reuse(let number):
      // What was given to a waiter may have died before the waiter ran.
      guard let shell = shells[number] else { return try await acquire(key, reusing: reusing) }
      return PooledShell(number: number, shell: shell, wasReused: true)
    case .create(let number, let victim):
      if let victim { shells.removeValue(forKey: victim)?.close() }
      return try await create(number, for: key)
    case .full:
      throw isClosed ? .closed : .full(limit: settings.limit, waited: settings.wait)
    }
  }

  /// Whoever comes later than those who wait must wait, too.
  private func decide(_ key: PoolKey, _ reusing: Bool) -> PoolLedger<PoolKey>.Decision {
    queue.isEmpty ? ledger.acquire(key, reusing: reusing) : .full
  }

  /// Looks now and then, as long as somebody waits, for clients that are gone by now.
  private func watchForGoneClients() {
    guard !isWatching else { return }
    isWatching = true
    ServerLoop.start { [self] in
      repeat {
        _ = await EventLoop.server.sleep(until: .now() + .milliseconds(250))
        while !queue.isEmpty, takeBack() {}
      } while !queue.isEmpty && !isClosed
      isWatching = false
    }
  }

  /// Takes a connection back for the next user.
  func release(_ pooled: PooledShell) {
    // Who gets the connection next must not get what a command made of it.
    guard !pooled.shell.isSuspect, ledger.release(pooled.number, at: .now()) else {
      return discard(pooled)
    }
    serveQueue()
  }

  /// Closes a connection that its user does not want to give to others.
  func discard(_ pooled: PooledShell) {
    ledger.discard(pooled.number)
    shells.removeValue(forKey: pooled.number)?.close()
    serveQueue()
  }

  /// Closes a connection whose command must not go on at the other end.
  func abandon(_ pooled: PooledShell, for key: PoolKey) {
    login.endProcessGroup(pooled.shell.remoteProcessID, for: key)
    discard(pooled)
  }

  /// Closes all connections and makes no more.
  func close() {
    isClosed = true
    queue.refuseAll()
    for shell in shells.values { shell.close() }
    shells = [:]
  }

  // MARK: Logins

  private func create(_ number: Int, for key: PoolKey) async throws(PoolFailure) -> PooledShell {
    let start = MonotonicInstant.now()
    let shell: RemoteShell
    do throws(LoginFailure) {
      shell = try await login.openShell(for: key)
    } catch {
      ledger.failed(number)
      serveQueue()
      log.write(.warning, "login failed", ["code": error.reason.rawValue, "reason": error.text])
      throw .login(error)
    }
    guard !isClosed else {
      shell.close()
      throw .closed
    }
    ledger.connected(number)
    shells[number] = shell
    // It may have ended while this task was on its way back.
    guard shell.isAlive else {
      shellDied(number, key)
      throw .login(LoginFailure(sshOutput: shell.lastWords, destination: key.destination))
    }
    shell.onDeath = { [weak self] in self?.shellDied(number, key) }
    let milliseconds = Int((MonotonicInstant.now() - start).seconds * 1000)
    log.write(
      .info,
      "connected",
      [
        "destination": "\(key.destination)", "connection": "\(number)",
        "credential": "\(key.credential)", "duration_ms": "\(milliseconds)",
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
    serveQueue()
  }

  private func serveQueue() {
    queue.serve { ledger.acquire($0, reusing: $1) }
  }

  // MARK: Upkeep

  /// Closes old connections and tries idle ones, until the pool is closed.
  func maintain() async {
    let periods = [settings.idleTimeout, settings.healthInterval].filter { $0 > .zero }
    let shortest = periods.min() ?? .seconds(60)
    let pause = max(.milliseconds(50), min(.seconds(5), shortest / 4))
    while !isClosed {
      _ = await EventLoop.server.sleep(until: .now() + pause)
      let now = MonotonicInstant.now()
      if settings.idleTimeout > .zero { expireIdle(at: now) }
      guard settings.healthInterval > .zero else { continue }
      let due = now.nanoseconds - settings.healthInterval.nanoseconds
      for number in ledger.beginChecks(unseenSince: MonotonicInstant(nanoseconds: due)) {
        ServerLoop.start { [self] in await check(number) }
      }
    }
  }

  private func expireIdle(at now: MonotonicInstant) {
    let oldest = now.nanoseconds - settings.idleTimeout.nanoseconds
    let expired = ledger.expireIdle(
      since: MonotonicInstant(nanoseconds: oldest),
      keeping: settings.minimumIdle
    )
    for number in expired { shells.removeValue(forKey: number)?.close() }
  }

  /// A shell that does not answer in time is as good as dead.
  private func check(_ number: Int) async {
    guard let shell = shells[number] else { return ledger.died(number) }
    do throws(CommandFailure) {
      _ = try await shell.run(":", outputLimit: 0, timeout: Self.checkTimeout)
      ledger.endCheck(number, at: .now())
    } catch {
      ledger.died(number)
      shells.removeValue(forKey: number)?.close()
    }
    serveQueue()
  }
}
