# The constants of the test network for Nix code. Those that Swift and scripts need too stand in the
# JSON file; the others follow from them, or concern the machines alone.
let
  file = builtins.fromJSON (builtins.readFile ./loadtest.json);
  baseline = builtins.head file.links;
  disturbed = builtins.tail file.links;
in
file
// {
  # Where every kind of run on these machines leaves its results, on the host and on the agent.
  resultsDirectory = "/tmp/loadtest_results";

  # Where each machine's sshd listens: the target's is under test, the others are for operators.
  sshPorts = {
    agent = 22;
    mcp = 22;
    target = baseline.port;
  };

  # The links that are not as good as the wire, each with the mark that its connections carry. Mark
  # 0 is that of every other packet.
  disturbedLinks = builtins.genList (
    index: builtins.elemAt disturbed index // { mark = index + 1; }
  ) (builtins.length disturbed);

  # How the target's links are made, for reports.
  linkEmulation = "kernel netem on the way out of the target";

  # What says that an interface was made by ssh-network-setup.
  interfaceAlias = "mcp-ssh-loadtest";
}
