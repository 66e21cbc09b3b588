import EventIO
import Glibc

/// A load's turn on this machine: nobody else's load runs meanwhile, and signals end it gracefully.
package enum LoadTurn {
  /// Waits for the turn and takes it, with other parts of its load; `say` gets a line if another load must end first.
  ///
  /// A live server that the settings name is tried before the wait: a load that cannot begin needs no turn.
  /// There is one watch over all that `load` does, so that no signal between two runs is lost.
  /// `parentName` is the program whose end ends the load, nil to outlive it. Throws what `load` throws,
  /// why the machine cannot be locked, or `NetworkError` where the server cannot be reached.
  package static func take<Value>(
    parentName: String? = nil,
    lockedBy path: String = MachineLock.path,
    reaching settings: RunSettings? = nil,
    say: (String) -> Void,
    _ load: (RunControl) async throws -> Value
  ) async throws -> Value {
    let runID = settings?.part?.runID
    let lock = try await MachineLock.acquire(at: path, of: runID) { holder in
      if let settings { try Network.reach(settings) }
      say(
        "another load is running on this machine: "
          + (holder?.description ?? "the kernel does not report whose")
          + "; waiting for it to end"
      )
    }
    // What cannot be told or written any more must not end the load.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    do throws(Errno) {
      try Descriptor.raiseLimit()
    } catch {
      say("\(error)")
    }
    let taken = LockNote(runID: runID)
    let control = RunControl { length in
      var note = taken
      note.ending = .now() + length
      note.write(to: path)
    }
    let watch = EndWatch(control, parentName: parentName) { line in
      // Behind what the terminal shows of the keys.
      Output.errors.write((isatty(2) == 1 ? "\r" : "") + "loadtest: \(line)\n")
    }
    defer { watch.cancel() }
    let value = try await load(control)
    lock.release()
    return value
  }
}
