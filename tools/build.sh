#!/bin/sh
# Builds dist/, the published form of src/: JavaScript and declarations, and the files that the code reads beside itself.
# An argument names another directory to build into.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
out=${1:-$root/dist}

rm -rf "$out"
mkdir -p "$out"
out=$(CDPATH='' cd -- "$out" && pwd -P)
sh "$root/tools/with-node.sh" "$root/node_modules/typescript/bin/tsc" -p "$root/tools/build.tsconfig.json" --outDir "$out"
cd "$root/src"
find . -type f ! -name '*.ts' ! -name '*.md' | while IFS= read -r file; do
  mkdir -p "$out/${file%/*}"
  cp -p "$file" "$out/$file"
done
echo "build: wrote $(find "$out" -type f | wc -l | tr -d ' ') files"
