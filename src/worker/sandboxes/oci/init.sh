#!/bin/sh
# Process 1 of every sandbox, counterpart of the agent in AWS's microVM: reads commands from descriptor 3 and reports on 4.
# Runs in busybox. PID 1 itself only reaps; when the worker's end of the pipe closes, everything here ends.
run() {
  unset HOME SHLVL
  . /var/rapid/launch
  cd /var/task
  unset OLDPWD
  for candidate in $CANDIDATES; do
    if [ -f "$candidate" ] && [ -x "$candidate" ]; then set -- "$candidate"; break; fi
  done
  if [ -n "$CANDIDATES" ] && [ $# -eq 0 ]; then echo "none" >&4; return; fi
  "$@" 3<&- 4>&- &
  wait $!
  echo "exit $?" >&4
}
(
  echo "ready" >&4
  while read -r command <&3; do
    case $command in
      launch) run & ;;
      kill) kill -9 -1 2>/dev/null ;;
    esac
  done
) &
wait
