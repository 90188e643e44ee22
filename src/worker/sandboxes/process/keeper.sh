#!/bin/sh
# Counterpart of a sandbox's init where there are no sandboxes: reads commands from descriptor 3 and reports on 4. The
# runtime has a process group of its own; when the worker's end of the pipe closes, that group ends.
directory=$1
if [ "${2:-}" = run ]; then
  . "$directory/launch"
  cd "$LAMBDA_TASK_ROOT" || exit 1
  unset OLDPWD
  for candidate in $_candidates; do
    if [ -f "$candidate" ] && [ -x "$candidate" ]; then set -- "$candidate"; break; fi
  done
  if [ -n "$_candidates" ] && [ $# -eq 0 ]; then echo none >&4; exit; fi
  "$@" 3<&- 4>&- 6<&- &
  echo "pid $!" >&4
  wait $!
  echo "exit $?" >&4
  exit
fi
group=''
# setsid does not fork here, so the group is known by the process that it was started as.
start() {
  if command -v setsid >/dev/null 2>&1; then setsid sh "$0" "$directory" run & group=$!
  else set -m; sh "$0" "$directory" run & group=$!; set +m; fi
}
signal() { [ -n "$group" ] && kill "-$1" "-$group" 2>/dev/null; }
while read -r command <&3; do
  case $command in
    launch) start ;;
    kill) signal KILL ;;
    freeze) signal STOP ;;
    thaw) signal CONT ;;
  esac
done
signal KILL
