#!/bin/sh
# Counterpart of a sandbox's init where there are no sandboxes: reads commands from descriptor 3 and reports on 4. The
# runtime and each extension have process groups of their own; when the worker's end of the pipe closes, those end.
# Names begin with an underscore, as no function's own variable can.
_directory=$1
if [ "${2:-}" = run ]; then
  . "$_directory/launch"
  cd "$LAMBDA_TASK_ROOT" || exit 1
  unset OLDPWD
  for _candidate in $_candidates; do
    if [ -f "$_candidate" ] && [ -x "$_candidate" ]; then set -- "$_candidate"; break; fi
  done
  if [ -n "$_candidates" ] && [ $# -eq 0 ]; then echo none >&4; exit; fi
  "$@" 3<&- 4>&- 6<&- 7>&- &
  _child=$!
  echo "pid $_child" >&4
  trap 'kill -TERM $_child' TERM
  trap 'kill -KILL $_child' USR1
  # What the shell itself says of a child's end by a signal is not the function's.
  wait $_child 2>/dev/null
  _code=$?
  # A signal to this shell ends its wait before its child.
  while kill -0 $_child 2>/dev/null; do wait $_child 2>/dev/null; _code=$?; done
  echo "exit $_code" >&4
  exit
fi
if [ "${2:-}" = extension ]; then
  _number=$3
  . "$_directory/extension-$_number"
  cd /
  unset OLDPWD
  "$@" >&7 2>&7 3<&- 4>&- 5>&- 6<&- 7>&-
  echo "extension $_number $?" >&4
  exit
fi
_groups='' _runtime=''
# setsid does not fork here, so the group is known by the process that it was started as.
start() {
  if command -v setsid >/dev/null 2>&1; then setsid sh "$0" "$_directory" "$@" & _started=$!
  else set -m; sh "$0" "$_directory" "$@" & _started=$!; set +m; fi
  _groups="$_groups $_started"
}
signal() { for _group in $_groups; do kill "-$1" "-$_group" 2>/dev/null; done; }
while read -r _command _argument <&3; do
  case $_command in
    launch) start run; _runtime=$_started ;;
    extension) start extension "$_argument" ;;
    runtime-terminate) [ -z "$_runtime" ] || kill -TERM "$_runtime" 2>/dev/null ;;
    runtime-kill) [ -z "$_runtime" ] || kill -USR1 "$_runtime" 2>/dev/null ;;
    kill) signal KILL ;;
    freeze) signal STOP ;;
    thaw) signal CONT ;;
  esac
done
signal KILL
