#!/bin/sh
# Runs everything that must hold: the house checks, then all tests. Arguments narrow it to those test files.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
cd "$root"
sh tools/setup.sh --test --quiet
# Clients that setup.sh has installed for the tests come before the machine's.
if [ -d .hearth/tools/python/bin ]; then PATH=$root/.hearth/tools/python/bin:$PATH; fi
exec sh tools/with-node.sh tools/check/run-tests.ts "$@"
