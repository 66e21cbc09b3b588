# Our own server, as the mcp host runs it, and an example of what another one has to say.
{ lib, programs }:
{
  # What is installed beside OpenSSH's client in the service's PATH.
  package = programs;

  # The line that systemd starts, once for each port and its limits. The server logs in to the
  # target with the key `identity` and believes the host keys of `knownHosts`.
  command =
    {
      port,
      limits,
      identity,
      knownHosts,
    }:
    lib.escapeShellArgs [
      (lib.getExe' programs "mcp-ssh-server")
      # Nobody but the three hosts and the machine that they run on is in this network.
      "--host"
      "0.0.0.0"
      "--allow-anyone"
      "--port"
      (toString port)
      "--identity"
      identity
      "--known-hosts"
      knownHosts
      "--pool-limit"
      (toString limits.pool)
      "--rate-limit"
      (toString limits.requests_per_window)
      "--rate-window"
      (toString limits.window_s)
      # Sessions are to be limited by the pool alone.
      "--session-limit"
      "1000"
      "--mcp-session-limit"
      "100000"
      "--allow-insecure"
    ];

  # It tells systemd when it is ready.
  notifies = true;
}
