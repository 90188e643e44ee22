#!/bin/sh
# Process 1 of every sandbox, counterpart of the agent in AWS's microVM: reads commands from descriptor 3 and reports on 4.
# Runs in busybox. PID 1 itself only reaps; when the worker's end of the pipe closes, everything here ends.
# Names begin with an underscore, as no function's own variable can.
run() {
  unset HOME SHLVL
  . "/var/rapid/$1"
  cd /var/task
  unset OLDPWD
  for _candidate in $_candidates; do
    if [ -f "$_candidate" ] && [ -x "$_candidate" ]; then set -- "$_candidate"; break; fi
  done
  if [ -n "$_candidates" ] && [ $# -eq 0 ]; then echo "none" >&4; return; fi
  # A runtime that is booted before its function is known says when it waits (4), and is told its function (6).
  if [ "$_boots" = 1 ]; then "$@" 3<&- 7>&- & else "$@" 3<&- 4>&- 6<&- 7>&- & fi
  _child=$!
  trap 'kill -TERM $_child' TERM
  trap 'kill -KILL $_child' USR1
  # What the shell itself says of a child's end by a signal is not the function's.
  wait $_child 2>/dev/null
  _code=$?
  # A signal to this shell ends its wait before its child.
  while kill -0 $_child 2>/dev/null; do wait $_child 2>/dev/null; _code=$?; done
  echo "exit $_code" >&4
}
extension() {
  _number=$1
  unset HOME SHLVL
  . "/var/rapid/extension-$_number"
  cd /
  unset OLDPWD
  "$@" >&7 2>&7 3<&- 4>&- 5>&- 6<&- 7>&-
  echo "extension $_number $?" >&4
}
(
  _runtime=
  echo "ready" >&4
  while read -r _command _argument <&3; do
    case $_command in
      boot | launch) run "$_command" & _runtime=$! ;;
      extension) extension "$_argument" & ;;
      runtime-terminate) [ -z "$_runtime" ] || kill -TERM "$_runtime" 2>/dev/null ;;
      runtime-kill) [ -z "$_runtime" ] || kill -USR1 "$_runtime" 2>/dev/null ;;
      kill) kill -9 -1 2>/dev/null ;;
    esac
  done
) &
wait
