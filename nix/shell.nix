# What it takes to work on the project; where it is not Linux, to edit it.
{
  lib,
  stdenv,
  mkShell,
  swift,
  swiftpm,
  gnumake,
  nixfmt,
  shellcheck,
  actionlint,
  openssh,
  iproute2,
  curl,
  jq,
}:
let
  oldestSwift = import ./packages/oldest-swift.nix { inherit lib; };
in
mkShell {
  packages = [
    swift
    swiftpm
    gnumake
    nixfmt
    shellcheck
    actionlint
    curl
    jq
  ]
  ++ lib.optionals stdenv.hostPlatform.isLinux [
    # The embedded network's sshd, and its links where the kernel has netem.
    openssh
    iproute2
  ];

  shellHook = lib.optionalString (lib.versionOlder swift.version oldestSwift) ''
    echo "This shell has Swift ${swift.version}; the project needs ${oldestSwift} or later" \
      "(nix flake update nixpkgs)." >&2
  '';
}
