need_root

found=
for interface in "${taps[@]}" "$bridge"; do
  exists "$interface" || continue
  found=1
  if is_ours "$interface"; then
    ip link delete dev "$interface"
    say "removed $interface"
  else
    say "left $interface as it is: it was not made by ssh-network-setup"
  fi
done
[ -n "$found" ] || say "there is nothing to remove"
