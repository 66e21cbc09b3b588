# The MCP SSH server, twice: without limits in the way of a load, and with those that a server has
# unless its operator says otherwise.
{
  constants,
  keys,
  server,
  ...
}:
{ pkgs, ... }:
let
  inherit (constants) limits;
  inherit (constants.server) port limited_port;

  user = "mcp";
  identity = "mcp-ssh/identity";

  service = port: limits: {
    wantedBy = [ "multi-user.target" ];
    path = [
      pkgs.openssh
      server.package
    ];
    serviceConfig = {
      Type = if server.notifies or false then "notify" else "exec";
      ExecStart = server.command {
        inherit port limits;
        identity = "/etc/${identity}";
        knownHosts = "${keys}/known_hosts";
      };
      User = user;
      PrivateTmp = true;
      Restart = "on-failure";
      # Each SSH session takes several descriptors.
      LimitNOFILE = 65536;
    };
  };
in
{
  systemd.services = {
    mcp-ssh-server = service port limits.load_test;
    mcp-ssh-server-limited = service limited_port limits.standard;
  };

  users = {
    users.${user} = {
      isSystemUser = true;
      group = user;
    };
    groups.${user} = { };
  };

  # ssh refuses a private key that anybody but its owner can read.
  environment.etc.${identity} = {
    source = "${keys}/login";
    mode = "0400";
    inherit user;
    group = user;
  };
}
