deadline=${SSH_VMS_TIMEOUT:-120}
if ! [[ $deadline =~ ^[0-9]+$ ]]; then
  say "SSH_VMS_TIMEOUT=$deadline is not valid: it must be a number of seconds"
  exit 2
fi

# Whether an sshd greets.
greets() {
  # shellcheck disable=SC2016  # the inner shell's own arguments
  timeout 2 bash -c 'exec 3<>"/dev/tcp/$1/$2" && read -r line <&3 && [[ $line == SSH-* ]]' \
    greets "${addresses[$1]}" "${ssh_ports[$1]}" 2>/dev/null
}

# Whether a machine does what it is for.
answers() {
  if [ "$1" != mcp ]; then
    greets "$1"
    return
  fi
  for port in "${server_ports[@]}"; do
    # A server that answers something else than 200 has started, too.
    curl --silent --output /dev/null --max-time 2 "http://${addresses[mcp]}:$port/health" || return
  done
}

# What a machine said last.
console() {
  say "the last lines of the console of $1, from $state/$1/console.log:"
  tail -n 20 "$state/$1/console.log" >&2
}

for machine in "${machines[@]}"; do
  interface=/sys/class/net/${taps[$machine]}
  if [ "$(cat "$interface/ifalias" 2>/dev/null)" != "$ours" ]; then
    say "the network is not set up: run sudo nix run .#ssh-network-setup first"
    exit 3
  fi
  owner=$(cat "$interface/owner")
  if [ "$EUID" -ne 0 ] && [ "$owner" != "$UID" ]; then
    say "${taps[$machine]} belongs to another user (uid $owner):" \
      "run sudo nix run .#ssh-network-teardown and sudo nix run .#ssh-network-setup"
    exit 3
  fi
done

(umask 077 && mkdir -p "$state")
if [ ! -O "$state" ]; then
  say "$state belongs to another user"
  exit 3
fi

for machine in "${machines[@]}"; do
  if running "$machine" >/dev/null; then
    say "$machine runs already"
    continue
  fi
  if answers "$machine"; then
    say "there is a $machine at ${addresses[$machine]} already, which this command did not start:" \
      "stop it first"
    exit 3
  fi
  mkdir -p "$state/$machine"
  (
    cd "$state/$machine"
    # A session of its own: neither Ctrl-C nor the end of the terminal reaches it.
    exec setsid "${runners[$machine]}" </dev/null >console.log 2>&1
  ) &
  echo "$! $(began $!)" >"$state/$machine/process"
  say "started $machine"
done

say "waiting until they answer, for $deadline s at most"
waiting=("${machines[@]}")
while [ ${#waiting[@]} -gt 0 ]; do
  left=()
  ended=()
  for machine in "${waiting[@]}"; do
    if ! running "$machine" >/dev/null; then
      ended+=("$machine")
    elif answers "$machine"; then
      say "$machine answers"
    else
      left+=("$machine")
    fi
  done
  for machine in "${ended[@]}"; do
    say "$machine ended before it answered"
    console "$machine"
  done
  if [ ${#ended[@]} -eq 0 ] && [ ${#left[@]} -gt 0 ] && [ "$SECONDS" -ge "$deadline" ]; then
    for machine in "${left[@]}"; do
      say "$machine did not answer within $deadline s"
      console "$machine"
    done
    ended=("${left[@]}")
  fi
  if [ ${#ended[@]} -gt 0 ]; then
    say "the network is not up; nix run .#ssh-vms-down stops what runs of it"
    exit 3
  fi
  waiting=("${left[@]}")
  [ ${#waiting[@]} -eq 0 ] || sleep 1
done
say "the network is up; nix run .#ssh-loadtest-quick tries it"
