#!/bin/sh
# Sets up and runs the benchmarks: Hearth and its peers side by side in one go.
set -eu
root=$(CDPATH='' cd -- "${0%/*}/.." && pwd -P)
sh "$root/tools/setup.sh" --quiet
exec sh "$root/tools/with-node.sh" "$root/bench/bench.ts" "$@"
