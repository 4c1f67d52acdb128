#!/usr/bin/env bash
# Brings the servers and tools that some tests use (tests/requirements.txt: a NATS server, an S3 server, a fuzzer of
# HTTP APIs) into an environment of their own under ~/.cache/pawfect, once, and prints its folder. With everything in
# place it is quick and silent; without a network it says so and fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cache=${XDG_CACHE_HOME:-$HOME/.cache}/pawfect
python=/usr/bin/python3
hash=$({
  cat tests/requirements.txt
  "$python" --version
} | sha256sum | cut -c1-10)
tools=$cache/test-tools-$hash
if [[ ! -f $tools/whole ]]; then
  mkdir -p "$cache"
  exec 9>"$tools.lock"
  flock 9
  if [[ ! -f $tools/whole ]]; then
    echo "test tools: pip brings tests/requirements.txt into $tools" >&2
    # Made under its last name, which its programs have in their first line; a file in it says that it is whole.
    rm -rf "$tools"
    "$python" -m venv "$tools" >&2
    "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
      -r tests/requirements.txt >&2 || {
      echo "test tools: pip could not bring them; is there a network?" >&2
      exit 1
    }
    touch "$tools/whole"
  fi
fi
printf '%s\n' "$tools"
