#!/bin/sh
# Runs a script of this repository with the Node that Hearth needs: with-node.sh SCRIPT [ARGUMENT...]
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/bin/find-node.sh"

if ! node=$(find_node "$root"); then
  echo "with-node: needs Node 26 or later and found none. Run: sh tools/setup.sh" >&2
  exit 1
fi
exec "$node" --disable-warning=ExperimentalWarning "$@"
