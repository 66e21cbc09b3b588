# The three hosts as nodes of a NixOS test: links, a quick throughput run and its thresholds.
{
  pkgs,
  constants,
  nodes,
}:
pkgs.testers.runNixOSTest {
  name = "mcp-ssh-loadtest-network";
  globalTimeout = 1800;

  nodes = builtins.mapAttrs (name: host: {
    imports = [ host ];
    virtualisation = {
      memorySize = constants.hosts.${name}.memory_mb;
      cores = constants.hosts.${name}.vcpus;
      interfaces.eth1 = {
        vlan = 1;
        # It has the address of the constants.
        assignIP = false;
      };
    };
  }) nodes;

  testScript = ''
    constants_file = "${../constants/loadtest.json}"
    results = "${constants.resultsDirectory}"
  ''
  + builtins.readFile ./network.py;
}
