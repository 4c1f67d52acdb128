#!/usr/bin/env bash
# Installs the system packages that are missing for the groups named on the command line (see
# tools/packages.txt) and nothing else: it says what it is about to install, and stops rather than
# upgrade or remove a package that is already there. With everything in place it is silent and quick.
#
#   tools/setup.sh build [lint] [fuzz]
#
# PAWFECT_SKIP_SETUP=1 leaves the system alone, for people who bring the libraries themselves.
# PAWFECT_ALLOW_UPGRADES=1 permits upgrades of what the missing packages depend on, where a system that has
# not been brought up to date for a while leaves no other way; removals never.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() { printf 'setup: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# The packages of the groups given, in this distribution's names, one a line.
wanted_packages() {
  local system=$1 group package renames rename
  shift
  while read -r group package renames; do
    [[ -z $group || $group == '#'* || " $* " != *" $group "* ]] && continue
    for rename in $renames; do
      [[ $rename == "$system="* ]] && package=${rename#*=}
    done
    [[ $package == - ]] || printf '%s\n' "$package"
  done <"$here/packages.txt"
}

# Those of the given packages that are not installed, one a line.
missing_packages() {
  local installed package
  # dpkg-query exits 1 when it knows nothing of a name; its list of the others still counts.
  # shellcheck disable=SC2016  # dpkg-query's own placeholders
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    grep -qxF "installed $package" <<<"$installed" || printf '%s\n' "$package"
  done
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  else
    sudo "$@"
  fi
}

update_lists() {
  say "refreshing the package lists (apt-get update)"
  as_root apt-get update -qq || say "apt-get update reported a problem; going on with the lists that are there"
}

# Prints apt's plan; fails when there is none (unknown package, stale lists, conflict).
plan_for() {
  LC_ALL=C apt-get --simulate --no-install-recommends --no-remove --no-upgrade install "$@" 2>&1
}

install_packages() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends --no-remove \
    --no-upgrade -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -qq "$@" >&2
}

main() {
  [[ -n ${PAWFECT_SKIP_SETUP:-} ]] && return
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    die "this set-up knows Debian and Ubuntu. On another system install what the groups '$*' of" \
      "tools/packages.txt name and run again with PAWFECT_SKIP_SETUP=1."
  fi

  local group system missing plan upgraded removed
  for group in "$@"; do
    grep -q "^$group " "$here/packages.txt" || die "there is no group '$group' in tools/packages.txt"
  done
  # shellcheck source=/dev/null
  system=$(. /etc/os-release && printf '%s%s' "${ID:-}" "${VERSION_ID:-}")
  mapfile -t missing < <(wanted_packages "$system" "$@")
  mapfile -t missing < <(missing_packages "${missing[@]}")
  ((${#missing[@]} == 0)) && return

  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    die "these packages are missing, and neither root's rights nor sudo are here to install them: ${missing[*]}." \
      "Ask an administrator for: apt-get install --no-install-recommends ${missing[*]}"
  fi
  if ! plan=$(plan_for "${missing[@]}"); then
    update_lists
    plan=$(plan_for "${missing[@]}") || {
      printf '%s\n' "$plan" >&2
      die "apt finds no way to install: ${missing[*]} (on Ubuntu, is the component 'universe' on?)"
    }
  fi

  # In the plan "Inst NAME [OLD] (NEW ...)" is an upgrade and "Remv NAME" a removal.
  upgraded=$(sed -nE 's/^Inst ([^ ]+) \[.*/\1/p' <<<"$plan" | sort -u | tr '\n' ' ')
  removed=$(sed -nE 's/^Remv ([^ ]+).*/\1/p' <<<"$plan" | sort -u | tr '\n' ' ')
  if [[ -n $removed || (-n $upgraded && -z ${PAWFECT_ALLOW_UPGRADES:-}) ]]; then
    say "needed: ${missing[*]}"
    die "stopped: installing them would upgrade or remove packages of your system: ${upgraded}${removed% }." \
      "Bring the system up to date yourself (apt-get update && apt-get upgrade), then run this again;" \
      "PAWFECT_ALLOW_UPGRADES=1 permits these upgrades (removals never)."
  fi

  say "installing with apt-get, $(grep -c '^Inst ' <<<"$plan") packages with what they depend on;" \
    "${upgraded:+upgraded, as permitted: }${upgraded:-nothing is upgraded }and nothing removed:"
  say "  ${missing[*]}"
  if ! install_packages "${missing[@]}"; then
    # The usual cause is a list older than the mirror.
    update_lists
    install_packages "${missing[@]}" || die "apt-get could not install: ${missing[*]}"
  fi
  mapfile -t missing < <(missing_packages "${missing[@]}")
  ((${#missing[@]} == 0)) || die "still missing after the installation: ${missing[*]}"
  say "done"
}

main "$@"
