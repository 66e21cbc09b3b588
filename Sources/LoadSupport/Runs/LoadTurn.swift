import EventIO
import Glibc

/// A load's turn on this machine: nobody else's load runs meanwhile, and signals end it gracefully.
package enum LoadTurn {
  /// Waits for the turn and takes it; `say` gets a line if another load must end first.
  ///
  /// There is one watch over all that `load` does, so that no signal between two runs is lost.
  /// `parentName` is the program whose end ends the load, nil to outlive it. Throws what `load` throws,
  /// or why the machine cannot be locked.
  package static func take<Value>(
    parentName: String? = nil,
    say: (String) -> Void,
    _ load: (RunControl) async throws -> Value
  ) async throws -> Value {
    let lock = try await MachineLock.acquire {
      say("another load is running on this machine; waiting for it to end")
    }
    // What cannot be told or written any more must not end the load.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    do throws(Errno) {
      try Descriptor.raiseLimit()
    } catch {
      say("\(error)")
    }
    let control = RunControl()
    let watch = EndWatch(control, parentName: parentName)
    defer { watch.cancel() }
    let value = try await load(control)
    lock.release()
    return value
  }
}
