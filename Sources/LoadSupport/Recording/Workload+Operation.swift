public import EventIO

extension Workload {
  /// Something to do at the server, and what a right answer is.
  ///
  /// Texts may have placeholders: `{users.id}` of a data file, `{name}` of a captured value, `{worker}`,
  /// `{iteration}` and `{counter}` (numbers from 0), `{random:8}` (letters and digits), `{run}` (nine digits, the same
  /// for the whole run and others in the next, also in what is expected of a text). `{x|sh}` is quoted for a
  /// shell, and the only form in a command; `{x|number}` stands for a JSON number. A text that is one placeholder takes
  /// the type of its value. `{{x}}` is the text `{x}`.
  public struct Operation: Sendable, Equatable {
    /// Its name in reports; nil for the one that it is called by.
    ///
    /// Operations of one name are one there.
    public var name: String?

    /// What is done.
    public var action: Action

    /// Header fields of its own, whose values may have placeholders.
    public var headers: [String: String]

    /// What a right answer is.
    public var expect: Expectation

    /// Values of the answer that later calls of the iteration use, by the name of their placeholder: JSON
    /// pointers into the result (RFC 6901), of which each must lead to a value of at most 4 KiB.
    public var capture: [String: String]

    /// How long it may take; nil for as long as all others.
    ///
    /// The embedded server is given as long for a command.
    public var timeout: Duration?

    /// Whether the server is asked to tell of its progress; how often it does, and when first, is recorded.
    public var asksForProgress: Bool

    /// After how long it is cancelled, as a client does that whose user gives up (MCP, Cancellation); nil for never.
    ///
    /// It is a success then if it was under way until then.
    public var cancelAfter: Duration?

    /// Makes an operation.
    public init(
      _ action: Action,
      name: String? = nil,
      headers: [String: String] = [:],
      expect: Expectation = Expectation(),
      capture: [String: String] = [:],
      timeout: Duration? = nil,
      asksForProgress: Bool = false,
      cancelAfter: Duration? = nil
    ) {
      self.name = name
      self.action = action
      self.headers = headers
      self.expect = expect
      self.capture = capture
      self.timeout = timeout
      self.asksForProgress = asksForProgress
      self.cancelAfter = cancelAfter
    }

    /// A call of a tool.
    public static func tool(
      _ name: String,
      _ arguments: JSONValue = [:],
      expect: Expectation = Expectation(),
      capture: [String: String] = [:]
    ) -> Operation {
      Operation(.tool(name, arguments), expect: expect, capture: capture)
    }

    /// A command on the target.
    public static func command(
      _ line: String,
      expect: Expectation = Expectation(),
      capture: [String: String] = [:]
    ) -> Operation {
      Operation(.command(line), expect: expect, capture: capture)
    }
  }

  /// What an operation does.
  public enum Action: Sendable, Equatable {
    /// Calls a tool by its name with arguments, an object.
    case tool(String, JSONValue)

    /// Sends another request, such as `tools/list`, `prompts/get` or `resources/read`, with parameters or
    /// without.
    case method(String, JSONValue?)

    /// Runs a command on the target, by the tool that the tool profile names.
    case command(String)

    /// Opens an SSH session, on a pooled connection if the server has one.
    case connect

    /// Opens an SSH session by a login of its own.
    case freshConnect

    /// Gives an SSH session back.
    case disconnect

    /// Asks for the server's health.
    case health

    /// Opens the stream of events that belong to no call, and hangs up when it is to be cancelled; without that time as
    /// soon as it begins, by RST.
    case stream

    /// Leaves the MCP session in some manner; the next operation opens another.
    case leave(Leaving)
  }

  /// How a client leaves its MCP session.
  public enum Leaving: String, Sendable, Equatable, CaseIterable {
    /// It ends the session by DELETE, as it should.
    case delete = "delete_session"

    /// It has an answer and closes the connection, without a word.
    case abandon = "abandon_session"

    /// It asks something and resets the connection (RST) as the answer begins.
    case reset = "reset_session"

    /// It asks something, ends its half of the connection, and closes it with the answer.
    case halfClose = "half_close_session"
  }

  /// What a right answer is; one that is not is a `wrong_answer`, never a success.
  public struct Expectation: Sendable, Equatable {
    /// The exit statuses that are right; nil for those of the tool profile, where the answer tells any.
    public var exitStatus: [Int]?

    /// Values in the result by JSON pointer; `-` stands for any element of an array, and a pointer that meets
    /// a text goes on in the JSON inside it.
    public var fields: [String: JSONValue]

    /// Parts that the answer's text has.
    public var text: [String]

    /// Parts that the answer's text has not.
    public var noText: [String]

    /// The greatest size of the answer in bytes.
    public var maximumBytes: Int?

    /// Makes an expectation; an empty one takes any result that reports no failure.
    public init(
      exitStatus: [Int]? = nil,
      fields: [String: JSONValue] = [:],
      text: [String] = [],
      noText: [String] = [],
      maximumBytes: Int? = nil
    ) {
      self.exitStatus = exitStatus
      self.fields = fields
      self.text = text
      self.noText = noText
      self.maximumBytes = maximumBytes
    }
  }

  /// A file of rows: CSV with a header line, or JSON objects, a line each.
  public struct DataFile: Sendable, Equatable {
    /// How a worker goes through its rows.
    public enum Order: String, Sendable, Equatable, CaseIterable {
      /// One after the other.
      case inTurn = "in_turn"

      /// Drawn anew for each iteration, by the seed.
      case random
    }

    /// What a worker does whose rows are used up.
    public enum End: String, Sendable, Equatable, CaseIterable {
      /// It begins with the first again.
      case `repeat`

      /// It does nothing more.
      case stop
    }

    /// Its path below the workload's directory.
    public var file: String

    /// How a worker goes through its rows, which are dealt out to workers like cards.
    public var order: Order

    /// What it does when they are used up.
    public var atEnd: End

    /// Names a file.
    public init(_ file: String, order: Order = .inTurn, atEnd: End = .repeat) {
      self.file = file
      self.order = order
      self.atEnd = atEnd
    }
  }
}
