import EventIO
import Foundation
import Glibc

/// The OpenSSH programs of this machine.
package struct OpenSSH: Sendable {
  /// Absolute path of the server, which insists on being called by one.
  package let sshd: String

  /// Absolute path of the client.
  package let ssh: String

  /// Absolute path of the key generator.
  package let keygen: String

  /// Finds the programs in the search path of an environment; `sshd` is the server that a user names.
  ///
  /// - Throws: one line with the command that installs what is missing on this system.
  package static func find(
    sshd given: String? = nil,
    environment: [String: String]
  ) throws(NetworkError) -> OpenSSH {
    let path = (environment["PATH"] ?? "").split(at: UInt8(ascii: ":")).map(String.init)
    let system = [
      "/usr/sbin", "/usr/local/sbin", "/sbin", "/usr/bin", "/run/current-system/sw/bin",
    ]
    func locate(_ name: String) -> String? {
      (path + system).map { "\($0)/\(name)" }.first {
        $0.hasBytePrefix("/") && FileManager.default.isExecutableFile(atPath: $0)
      }
    }
    guard let sshd = given ?? locate("sshd") else { throw missing("sshd", "server") }
    guard let ssh = locate("ssh") else { throw missing("ssh", "clients") }
    guard let keygen = locate("ssh-keygen") else { throw missing("ssh-keygen", "clients") }
    return OpenSSH(sshd: sshd, ssh: ssh, keygen: keygen)
  }

  private static func missing(_ program: String, _ part: String) -> NetworkError {
    let commands = [
      ("/usr/bin/apt-get", "apt-get install -y openssh-server openssh-client"),
      ("/usr/bin/dnf", "dnf install -y openssh-server openssh-clients"),
      ("/usr/bin/zypper", "zypper install -y openssh-server openssh-clients"),
      ("/usr/bin/pacman", "pacman -S --noconfirm openssh"),
      ("/sbin/apk", "apk add openssh"),
    ]
    let known = commands.first { FileManager.default.isExecutableFile(atPath: $0.0) }?.1
    let sudo = geteuid() == 0 ? "" : "sudo "
    let advice = known.map { "install it with `\(sudo)\($0)`" } ?? "install OpenSSH's \(part)"
    return NetworkError(
      "the embedded network needs \(program), which is not on this machine: \(advice)"
    )
  }

  /// Runs one of the programs to its end and returns what it said on standard error.
  ///
  /// - Throws: when it fails, with its words.
  @discardableResult
  package static func run(_ executable: String, _ arguments: [String]) throws -> String {
    let pipe = try Descriptor.pipe()
    let process = try ChildProcess.spawn(
      ProcessSpecification(
        executable,
        arguments,
        environment: ChildEnvironment.of(ProcessInfo.processInfo.environment)
      ),
      standardError: pipe.writingEnd.rawValue
    )
    _ = consume pipe.writingEnd
    let text = String(decoding: try pipe.readingEnd.readToEnd(), as: UTF8.self)
    guard try process.wait() == .exited(0) else {
      let name = (executable as NSString).lastPathComponent
      throw NetworkError("\(name) failed: \(text.trimmed())")
    }
    return text
  }
}
