import Foundation

/// The folders of a program as layers: what a file of each may know.
struct SourceLayers: Sendable {
  /// Where the folders lie.
  let root: String

  /// The folders, lowest first.
  let folders: [String]

  /// The folders that a file of a folder may use, its own included.
  let allowed: @Sendable (String) -> Set<String>

  /// Layers of which each knows itself and all lower ones.
  init(_ root: String, lowestFirst folders: [String]) {
    self.init(root, folders) { folder in
      Set(folders.prefix { $0 != folder } + [folder])
    }
  }

  init(_ root: String, _ folders: [String], allowed: @escaping @Sendable (String) -> Set<String>) {
    self.root = root
    self.folders = folders
    self.allowed = allowed
  }

  /// The folder of a file: the layer that it lies in, else all of its path that names folders.
  func folder(of file: SourceFile) -> String {
    let path = file.path.dropFirst(root.count + 1).split(separator: "/").dropLast()
    let layers = path.indices.map { path[...$0].joined(separator: "/") }
    return layers.first(where: folders.contains) ?? layers.last ?? ""
  }

  static func identifiers(in code: String) -> Set<String> {
    Set(
      code.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    )
  }

  /// The names of types that a file declares outside any braces and shows to others.
  private static func topLevelTypes(in code: String) -> [String] {
    var depth = 0
    var names: [String] = []
    for line in code.split(separator: "\n") {
      let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
      let kinds: Set = ["struct", "class", "enum", "actor", "protocol"]
      if depth == 0, words.first != "private", words.first != "fileprivate",
        let kind = words.firstIndex(where: kinds.contains), kind + 1 < words.count
      {
        names.append(words[kind + 1])
      }
      depth += line.count { $0 == "{" } - line.count { $0 == "}" }
    }
    return names
  }

  /// What files use that they should not know, and names that two folders declare.
  func violations(in sources: [SourceFile]) -> [String] {
    let files = sources.map { (file: $0, code: $0.code) }
    var violations: [String] = []
    var owners: [String: String] = [:]
    for (file, code) in files {
      for name in Self.topLevelTypes(in: code) {
        let folder = folder(of: file)
        if let other = owners.updateValue(folder, forKey: name) {
          violations.append("\(folder) and \(other) declare \(name)")
        }
      }
    }
    for (file, code) in files {
      let allowed = allowed(folder(of: file))
      for name in Self.identifiers(in: code).sorted() {
        if let owner = owners[name], !allowed.contains(owner) {
          violations.append("\(file.path) uses \(name) of \(owner)")
        }
      }
    }
    return violations
  }
}
