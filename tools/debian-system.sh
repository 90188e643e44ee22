#!/bin/sh
# Unpacks packages of a Debian release, with all that they need, into ./system: a system to take binaries from. The machine's
# own packages are neither asked nor touched: debian-system.sh RELEASE PACKAGE...
set -eu

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
for program in apt-get dpkg-deb; do
  if ! command -v "$program" >/dev/null 2>&1; then
    echo "$program is missing: Debian's packages are unpacked on Debian and its like alone" >&2
    exit 1
  fi
done
if [ ! -f "$keyring" ]; then
  echo "$keyring is missing, by which Debian's packages are verified; fix: apt-get install debian-archive-keyring" >&2
  exit 1
fi

release=$1
shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/lists/partial" "$scratch/archives/partial"
echo "deb [signed-by=$keyring] http://deb.debian.org/debian $release main" >"$scratch/sources.list"
# Nothing counts as installed, so what is needed comes whole, down to the C library.
: >"$scratch/status"
apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dir::Etc::sourcelist="$scratch/sources.list" -o Dir::Etc::sourceparts=- \
    -o Dir::State::lists="$scratch/lists" -o Dir::State::status="$scratch/status" -o Dir::Cache="$scratch" \
    -o APT::Sandbox::User=root -o APT::Update::Error-Mode=any -o Acquire::Languages=none "$@"
}

apt update
apt --no-install-recommends --download-only install "$@"
mkdir system
for package in "$scratch"/archives/*.deb; do dpkg-deb -x "$package" system; done
# Sandboxes read none of it, and it is a quarter of the whole.
rm -rf system/usr/share/doc system/usr/share/locale system/usr/share/man
