#!/bin/sh
# Starts services and workers, starts each again when it ends, and stops all in order. A shell, since it costs next to no memory.
main_directory=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
extension=ts
[ -f "$main_directory/services.ts" ] || extension=js
node="${HEARTH_NODE:?}"
stopping=0
# What only a person can mend keeps workers from starting.
lacking=0
services=''

# How many workers, as settings.ts reads it: flags over environment over file. What is wrong there is said by services.
flag() {
  wanted=$1 found='' next=0
  shift
  for argument do
    [ "$next" = 1 ] && { found=$argument; break; }
    case $argument in
      "$wanted") next=1 ;;
      "$wanted="*) found=${argument#*=}; break ;;
    esac
  done
  printf '%s' "$found"
}
workers=$(flag --workers "$@")
[ -n "$workers" ] || workers=${HEARTH_WORKERS:-}
file=$(flag --config "$@")
[ -n "$file" ] || file=${HEARTH_CONFIG:-}
[ -n "$workers" ] || { [ -f "$file" ] && workers=$(sed -n 's/.*"workers"[^0-9]*\([0-9]*\).*/\1/p' "$file"); }
case $workers in '' | *[!0-9]*) workers=1 ;; esac
[ "$workers" -ge 1 ] && [ "$workers" -le 32 ] || workers=1

# Half of a start is reading and compiling Hearth's own sources: Node keeps what it compiled, for its owner alone.
: "${NODE_COMPILE_CACHE:=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/hearth/compiled}"
export NODE_COMPILE_CACHE

start_services() {
  # Room for a large payload before Node collects its garbage: without it, 6 MB take two collections of everything each.
  "$node" --disable-warning=ExperimentalWarning --initial-old-space-size=128 "$main_directory/services.$extension" "$@" &
  services=$!
}
# Workers are numbered from 1; the process of each is in worker_1, worker_2 …
start_worker() {
  number=$1
  shift
  # A mount namespace of its own: whatever it mounts goes when it goes.
  if [ "$(id -u)" = 0 ] && command -v unshare >/dev/null 2>&1; then
    HEARTH_WORKER_NUMBER=$number unshare --mount --propagation private "$node" --disable-warning=ExperimentalWarning --initial-old-space-size=64 "$main_directory/worker.$extension" "$@" &
  else
    HEARTH_WORKER_NUMBER=$number "$node" --disable-warning=ExperimentalWarning --initial-old-space-size=64 "$main_directory/worker.$extension" "$@" &
  fi
  eval "worker_$number=\$!"
}
# What ends again and again is started ever less often: after 0, 1, 2 … 10 seconds; a calm minute begins anew. It is given the
# arguments since a signal that it waits through stops all with what "$@" is then.
last_restart=0
restarts=0
pause() {
  now=$(date +%s)
  [ $((now - last_restart)) -gt 60 ] && restarts=0
  last_restart=$now
  sleep "$restarts" & wait $!
  [ "$restarts" -lt 10 ] && restarts=$((restarts + 1))
}
stop_workers() {
  each=1
  while [ "$each" -le "$workers" ]; do
    eval "kill -TERM \"\$worker_$each\" 2>/dev/null"
    each=$((each + 1))
  done
  each=1
  while [ "$each" -le "$workers" ]; do
    # One that was killed, or stopped before it could hear, has left its environments: another looks after them and ends.
    eval "wait \"\$worker_$each\" 2>/dev/null" || [ "$lacking" = 1 ] || clean_up "$each" "$@"
    each=$((each + 1))
  done
}
clean_up() {
  HEARTH_CLEAN_UP=1
  export HEARTH_CLEAN_UP
  start_worker "$@"
  eval "wait \"\$worker_$1\""
}
stop() {
  stopping=1
  # Services first: no new work comes in, and what is under way still has its worker.
  [ -n "$services" ] && kill -TERM "$services" 2>/dev/null && wait "$services" 2>/dev/null
  stop_workers "$@"
  exit 0
}
trap 'stop "$@"' TERM INT HUP

start_services "$@"
each=1
while [ "$each" -le "$workers" ]; do
  start_worker "$each" "$@"
  each=$((each + 1))
done
# `sleep & wait` so that a signal is heard at once; a few times a second is often enough to start a process again.
while [ "$stopping" = 0 ]; do
  sleep 0.2 &
  wait $!
  [ "$stopping" = 1 ] && break
  if ! kill -0 "$services" 2>/dev/null; then
    wait "$services"; code=$?
    [ "$code" = 78 ] && { lacking=1; stop_workers "$@"; exit 78; }
    echo "hearth: services ended ($code) and start again" >&2
    pause "$@"
    start_services "$@"
  fi
  looked=1
  while [ "$looked" -le "$workers" ]; do
    eval "worker=\$worker_$looked"
    if ! kill -0 "$worker" 2>/dev/null; then
      wait "$worker"; code=$?
      [ "$code" = 78 ] && { kill -TERM "$services" 2>/dev/null; wait "$services"; lacking=1; stop_workers "$@"; exit 78; }
      echo "hearth: a worker ended ($code) and starts again" >&2
      pause "$@"
      start_worker "$looked" "$@"
    fi
    looked=$((looked + 1))
  done
done
