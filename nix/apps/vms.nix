# Commands that start and stop the three machines in the background.
{
  pkgs,
  constants,
  runners,
}:
let
  inherit (pkgs) lib;
  inherit (constants) hosts server sshPorts;

  machines =
    lib.toShellVars {
      # The agent last: it is of no use without the others.
      machines = [
        "target"
        "mcp"
        "agent"
      ];
    }
    + "\n"
    + builtins.readFile ./vms.sh;

  command =
    name: description: text:
    pkgs.writeShellApplication {
      inherit name text;
      runtimeInputs = [
        pkgs.coreutils
        pkgs.curl
        pkgs.util-linux
      ];
      meta = { inherit description; };
    };
in
{
  ssh-vms-up = command "ssh-vms-up" "Start the three machines and wait until they answer" (
    lib.toShellVars {
      runners = lib.mapAttrs (_: lib.getExe) runners;
      taps = lib.mapAttrs (_: host: host.tap) hosts;
      addresses = lib.mapAttrs (_: host: host.address) hosts;
      ssh_ports = sshPorts;
      server_ports = [
        (toString server.port)
        (toString server.limited_port)
      ];
      ours = constants.interfaceAlias;
    }
    + "\n"
    + machines
    + builtins.readFile ./vms-up.sh
  );

  ssh-vms-down = command "ssh-vms-down" "Stop the three machines" (
    machines + builtins.readFile ./vms-down.sh
  );
}
