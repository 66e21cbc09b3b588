# The NixOS modules of the three hosts. MicroVMs and the NixOS test are built of the same.
{
  lib,
  constants,
  keys,
  programs,
}:
{
  # The MCP SSH server that the mcp host runs.
  server,
  # Whether passwords and consoles let users in.
  debug,
  # The interface that leads to the other hosts.
  interface,
}:
let
  arguments = {
    inherit constants keys programs server debug interface;
  };
in
lib.mapAttrs (name: module: {
  imports = [
    (import ./common.nix (arguments // { inherit name; }))
    (import module arguments)
  ];
}) {
  agent = ./agent.nix;
  mcp = ./mcp.nix;
  target = ./target.nix;
}
