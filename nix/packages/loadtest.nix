# The programs: bin/loadtest and bin/mcp-ssh-server.
{
  lib,
  stdenv,
  swift,
  swiftpm,
  makeWrapper,
  openssh,
  openssl,
  coreutils,
}:
let
  oldestSwift = import ./oldest-swift.nix { inherit lib; };
  swiftIsTooOld = lib.versionOlder swift.version oldestSwift;

  # The library's own tests. The other targets load an embedded network for minutes, which is no
  # part of a build.
  testTargets = [
    "EventIOTests"
    "LoadSupportTests"
    "MCPSSHServerTests"
  ];

  # These log in at an sshd of their own. The account of a sandboxed build has no login shell, so
  # sshd refuses it.
  needLogins = [
    "MCPSSHServerTests.LoginTests"
    "MCPSSHServerTests.SSHSessionTests"
  ];
in
stdenv.mkDerivation {
  pname = "mcp-ssh-loadtest";
  version = "1.0.0";

  src = lib.sourceByRegex ../.. [
    "Package\\.swift"
    "(Sources|Tests|Benchmarks)(/.*)?"
    # The programs carry this file in them.
    "nix"
    "nix/constants"
    "nix/constants/loadtest\\.json"
  ];

  # Refused when built and not when evaluated: what needs no program, such as the network's set-up,
  # works with any nixpkgs.
  preUnpack = lib.optionalString swiftIsTooOld ''
    echo "mcp-ssh-loadtest needs Swift ${oldestSwift} or later, and this nixpkgs has" \
      "${swift.version}: update it (nix flake update nixpkgs)." >&2
    exit 1
  '';

  # Tests start programs by paths that a sandbox does not have. libssl is opened by its name at the first
  # https URL, and no loader would find it in the store.
  postPatch = ''
    find Tests -name '*.swift' -exec sed -i -E \
      's|"/(usr/)?bin/(env|sleep)"|"${coreutils}/bin/\2"|' {} +
    substituteInPlace Sources/CLinux/OpenSSL.c \
      --replace-fail '"libssl.so.3"' '"${lib.getLib openssl}/lib/libssl.so.3"'
  '';

  strictDeps = true;
  nativeBuildInputs = [
    swift
    swiftpm
    makeWrapper
  ];

  doCheck = true;
  nativeCheckInputs = [ openssh ];

  # Tests look into modules, which a release build does not allow: SwiftPM's own check phase tests
  # that one. Package.swift has debug builds optimised.
  checkPhase = ''
    runHook preCheck
    local flags=(-j "$NIX_BUILD_CORES")
    concatTo flags swiftpmFlags
    TERM=dumb swift test "''${flags[@]}" \
      ${toString (map (target: "--filter '^${target}\\.'") testTargets)} \
      ${toString (map (test: "--skip '^${lib.escapeRegex test}/'") needLogins)}
    runHook postCheck
  '';

  # Both start OpenSSH's programs. Those of whoever calls them come first.
  postFixup = ''
    for program in "$out"/bin/*; do
      wrapProgram "$program" --suffix PATH : ${lib.makeBinPath [ openssh ]}
    done
  '';

  meta = {
    description = "Load and performance tests for MCP SSH servers, and such a server";
    license = lib.licenses.asl20;
    mainProgram = "loadtest";
    platforms = lib.platforms.linux;
  };
}
