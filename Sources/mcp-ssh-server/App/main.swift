import EventIO
import Glibc

// The main thread reads the command line and then waits for signals; everything else happens on the
// loop's thread.

func fail(_ message: String, status: Int32) -> Never {
  StandardStream.error.write("mcp-ssh-server: \(message)\n")
  exit(status)
}

let environment = ProcessEnvironment.current
// ssh runs this program to ask for a password: the one thing it then does is to answer.
if let pipe = environment[PasswordPrompt.variable] {
  exit(PasswordPrompt.answer(from: pipe, prompt: CommandLine.arguments.dropFirst().first ?? ""))
}

let configuration: ServerConfiguration
do throws(ConfigurationError) {
  switch try CommandLineReader.read(
    Array(CommandLine.arguments.dropFirst()),
    environment: environment
  ) {
  case .print(let text):
    print(text, terminator: "")
    exit(0)
  case .serve(let wanted):
    configuration = wanted
  }
} catch {
  fail("\(error)", status: 2)
}

let searchPath = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
guard
  let sshExecutable = configuration.sshExecutable
    ?? ReadableFile.executable("ssh", searchPath: searchPath)
else { fail("no ssh in PATH: install OpenSSH's client or name it by --ssh", status: 1) }

var found: [SocketAddress] = []
do throws(AddressError) {
  for address in try SocketAddress.resolve(host: configuration.host, port: configuration.port)
  // A name may stand twice in a file of hosts.
  where !found.contains(where: { $0.host.hasSameBytes(as: address.host) }) { found.append(address) }
} catch {
  fail("\(error)", status: 1)
}
let addresses = found
if addresses.isEmpty { fail("\(configuration.host) has no address", status: 1) }

guard addresses.allSatisfy(\.isLoopback) || configuration.token != nil || configuration.allowsAnyone
else {
  fail(
    "--host \(configuration.host): beyond loopback a --token-file is needed (or --allow-anyone, on a "
      + "network that nobody else reaches)",
    status: 2
  )
}

let sshSettings = SSHClientSettings(
  executable: sshExecutable,
  identityFile: configuration.identityFile,
  knownHostsFile: configuration.knownHostsFile,
  connectTimeout: configuration.connectTimeout,
  askpassProgram: ReadableFile.linkTarget("/proc/self/exe") ?? "",
  environment: SSHClientSettings.childEnvironment(of: environment)
)

// Each client holds a descriptor, and each ssh process four; the usual soft limit is 1,024.
try? Descriptor.raiseLimit()

// A loop's thread blocks all signals by itself; this thread must not be ended by those it awaits.
signal(SIGPIPE, SIG_IGN)
// A limit on the size of files is a failed write, not an end.
signal(SIGXFSZ, SIG_IGN)
var awaited = sigset_t()
sigemptyset(&awaited)
for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&awaited, signal) }
pthread_sigmask(SIG_BLOCK, &awaited, nil)

let serving = Task(executorPreference: EventLoop.server.actorTasks) { @ServerLoop in
  do throws(Errno) {
    let server = try MCPSSHServer(
      configuration,
      addresses: addresses,
      ssh: sshSettings
    )
    ServerLoop.start { await server.run() }
    // Before the line: whoever reads that may send a signal at once.
    ServiceManager.notify("READY=1", environment: environment)
    for url in server.urls { StandardStream.output.write("mcp-ssh-server listening on \(url)\n") }
    return server
  } catch {
    fail("\(error)", status: 1)
  }
}

var received: Int32 = 0
sigwait(&awaited, &received)
while received == SIGHUP {
  ServerLoop.start { await serving.value.hangUp() }
  sigwait(&awaited, &received)
}
ServiceManager.notify("STOPPING=1", environment: environment)
ServerLoop.start {
  await serving.value.close()
  exit(0)
}
// A second signal ends the process at once; its ssh children end with it.
repeat { sigwait(&awaited, &received) } while received == SIGHUP
exit(1)
