/// How many logins and processes there are on a target at one moment.
struct TargetCount: Sendable, Equatable {
  /// Connections to its sshd, or what the user's command printed.
  let logins: Int

  /// The names of processes that a login began and that are below none any more; nil where nobody can look.
  let strays: [String]?
}
