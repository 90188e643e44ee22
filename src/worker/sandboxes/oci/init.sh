#!/bin/sh
# Process 1 of every sandbox, counterpart of the agent in AWS's microVM: reads commands from descriptor 3 and reports on 4.
# Runs in busybox. PID 1 itself only reaps; when the worker's end of the pipe closes, everything here ends.
run() {
  unset HOME SHLVL
  . "/var/rapid/$1"
  cd /var/task
  unset OLDPWD
  for candidate in $_candidates; do
    if [ -f "$candidate" ] && [ -x "$candidate" ]; then set -- "$candidate"; break; fi
  done
  if [ -n "$_candidates" ] && [ $# -eq 0 ]; then echo "none" >&4; return; fi
  # A runtime that is booted before its function is known says when it waits (4), and is told its function (6).
  if [ "$_boots" = 1 ]; then "$@" 3<&- & else "$@" 3<&- 4>&- 6<&- & fi
  wait $!
  echo "exit $?" >&4
}
(
  echo "ready" >&4
  while read -r command <&3; do
    case $command in
      boot | launch) run "$command" & ;;
      kill) kill -9 -1 2>/dev/null ;;
    esac
  done
) &
wait
