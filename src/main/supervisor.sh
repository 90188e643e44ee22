#!/bin/sh
# Starts services and worker, starts either again when it ends, and stops both in order. A shell, since it costs next to no memory.
main_directory=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
extension=ts
[ -f "$main_directory/services.ts" ] || extension=js
node="${HEARTH_NODE:?}"
stopping=0
services=''
worker=''

# Half of a start is reading and compiling Hearth's own sources: Node keeps what it compiled, for its owner alone.
: "${NODE_COMPILE_CACHE:=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/hearth/compiled}"
export NODE_COMPILE_CACHE

start_services() {
  "$node" --disable-warning=ExperimentalWarning "$main_directory/services.$extension" "$@" &
  services=$!
}
start_worker() {
  # A mount namespace of its own: whatever it mounts goes when it goes.
  if [ "$(id -u)" = 0 ] && command -v unshare >/dev/null 2>&1; then
    unshare --mount --propagation private "$node" --disable-warning=ExperimentalWarning "$main_directory/worker.$extension" "$@" &
  else
    "$node" --disable-warning=ExperimentalWarning "$main_directory/worker.$extension" "$@" &
  fi
  worker=$!
}
# What ends again and again is started ever less often: after 0, 1, 2 … 10 seconds; a calm minute begins anew.
last_restart=0
restarts=0
pause() {
  now=$(date +%s)
  [ $((now - last_restart)) -gt 60 ] && restarts=0
  last_restart=$now
  sleep "$restarts" & wait $!
  [ "$restarts" -lt 10 ] && restarts=$((restarts + 1))
}
stop() {
  stopping=1
  # Services first: no new work comes in, and what is under way still has its worker.
  [ -n "$services" ] && kill -TERM "$services" 2>/dev/null && wait "$services" 2>/dev/null
  [ -n "$worker" ] && kill -TERM "$worker" 2>/dev/null && wait "$worker" 2>/dev/null
  exit 0
}
trap stop TERM INT HUP

start_services "$@"
start_worker "$@"
# `sleep & wait` so that a signal is heard at once; twice a second is often enough to start a process again.
while [ "$stopping" = 0 ]; do
  sleep 0.2 &
  wait $!
  [ "$stopping" = 1 ] && break
  if ! kill -0 "$services" 2>/dev/null; then
    wait "$services"; code=$?
    [ "$code" = 78 ] && { kill -TERM "$worker" 2>/dev/null; wait "$worker" 2>/dev/null; exit 78; }
    echo "hearth: services ended ($code) and start again" >&2
    pause
    start_services "$@"
  fi
  if ! kill -0 "$worker" 2>/dev/null; then
    wait "$worker"; code=$?
    [ "$code" = 78 ] && { kill -TERM "$services" 2>/dev/null; wait "$services"; exit 78; }
    echo "hearth: the worker ended ($code) and starts again" >&2
    pause
    start_worker "$@"
  fi
done
