for machine in "${machines[@]}"; do
  if ! id=$(running "$machine"); then
    say "$machine does not run"
    continue
  fi
  # There is nothing on them to be written back: their disks are the host's, or memory.
  kill "$id" 2>/dev/null || true
  for _ in {1..100}; do
    running "$machine" >/dev/null || break
    sleep 0.1
  done
  if running "$machine" >/dev/null; then
    kill -KILL "$id" 2>/dev/null || true
  fi
  rm -f "$state/$machine/process"
  say "stopped $machine"
done
