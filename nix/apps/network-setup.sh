need_root
owner=${SUDO_UID:-0}

# Look at everything before anything is changed.
for interface in "$bridge" "${taps[@]}"; do
  exists "$interface" || continue
  if ! is_ours "$interface"; then
    say "there is an interface $interface already, and it was not made by this command;" \
      "nothing was changed. Rename or remove it first."
    exit 3
  fi
  [ "$interface" != "$bridge" ] || continue
  whose=$(cat "/sys/class/net/$interface/owner")
  if [ "$whose" != "$owner" ]; then
    say "$interface was made for another user (uid $whose); nothing was changed." \
      "Run sudo nix run .#ssh-network-teardown first."
    exit 3
  fi
done

# A call that fails takes along what it has made, and nothing else. It takes no time, so it is not
# interrupted half-way.
made=()
trap '' INT TERM HUP
undo() {
  [ $? -ne 0 ] || return 0
  for interface in "${made[@]}"; do
    ip link delete dev "$interface" || true
  done
  say "the network could not be set up; what was made for it is removed again"
  exit 3
}
trap undo EXIT

if ! exists "$bridge"; then
  ip link add name "$bridge" type bridge
  made+=("$bridge")
  ip link set dev "$bridge" alias "$ours"
fi
ip address replace "$address" dev "$bridge"
ip link set dev "$bridge" up

for tap in "${taps[@]}"; do
  if ! exists "$tap"; then
    # shellcheck disable=SC2086  # no word where there is one queue
    if ! ip tuntap add dev "$tap" mode tap user "$owner" vnet_hdr ${queues[$tap]}; then
      say "cannot make $tap; where /dev/net/tun is missing, sudo modprobe tun may help"
      exit 3
    fi
    made+=("$tap")
    ip link set dev "$tap" alias "$ours"
  fi
  ip link set dev "$tap" master "$bridge" up
done

say "$bridge and ${taps[*]} are up, for the user $(id -nu "$owner" 2>/dev/null || echo "$owner")"

filter=/proc/sys/net/bridge/bridge-nf-call-iptables
if [ -r "$filter" ] && [ "$(cat "$filter")" = 1 ]; then
  say "the firewall here sees what goes over bridges, as Docker wants it; if the machines do not" \
    "reach each other, run sudo sysctl net.bridge.bridge-nf-call-iptables=0"
fi
