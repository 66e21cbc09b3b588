# network { } is the three machines around our own server, and network { mcpServer = …; } around
# another; our-server.nix shows what that has to say.
{
  nixpkgs,
  microvm,
  system,
  constants,
  hosts,
  ourServer,
}:
{
  mcpServer ? ourServer,
}:
let
  inherit (nixpkgs) lib;

  machines =
    debug:
    lib.mapAttrs
      (
        name: host:
        let
          machine = lib.nixosSystem {
            modules = [
              microvm.nixosModules.microvm
              (import ./microvm.nix { inherit constants name; })
              host
              { nixpkgs.hostPlatform = system; }
            ];
          };
        in
        machine.config.microvm.declaredRunner
      )
      (hosts {
        inherit debug;
        server = mcpServer;
        # The only interface, and named by the kernel.
        interface = "eth0";
      });

  byKey = machines false;
  debuggable = machines true;
in
{
  ssh-target-vm-tap = byKey.target;
  mcp-vm-tap = byKey.mcp;
  agent-vm-tap = byKey.agent;

  # With logins by password, too, and a console that asks for none.
  ssh-target-vm-tap-debug = debuggable.target;
  mcp-vm-tap-debug = debuggable.mcp;
  agent-vm-tap-debug = debuggable.agent;
}
// import ../apps/vms.nix {
  inherit constants;
  pkgs = nixpkgs.legacyPackages.${system};
  runners = debuggable;
}
