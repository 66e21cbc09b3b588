/// What all runs of one invocation share.
package struct RunSetup: Sendable {
  /// What the user set.
  package var settings: RunSettings

  /// The variables that the process was started with.
  package let environment: [String: String]

  /// The directory of the suite's programs, `loadtest` and `mcp-ssh-server`.
  package let programs: String

  /// Puts together what was read once.
  package init(settings: RunSettings, environment: [String: String], programs: String) {
    self.settings = settings
    self.environment = environment
    self.programs = programs
  }
}
