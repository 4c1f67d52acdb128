#!/usr/bin/env bash
# fill holes in photos with pawfect and with what else fills without weights: quality, CPU time, memory
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The peers live in an environment of their own under bench-out/, which may be thrown away at any time.
# Only ready-made packages are taken (nothing is compiled here); one that does not exist for this Python
# is reported by the benchmark as absent.
venv=bench-out/venv
if [[ ! -x $venv/bin/python ]]; then
  tools/setup.sh bench
  echo "bench: making $venv for the peers" >&2
  # What a failed attempt leaves would pass for the environment the next time.
  python3 -m venv "$venv" || {
    rm -rf "$venv"
    echo "bench: python3 cannot make $venv; install python3-venv (its message is above)" >&2
    exit 1
  }
fi
while read -r package; do
  [[ -n $package && $package != '#'* ]] || continue
  grep -qxF "$package" "$venv/tried.txt" 2>/dev/null && continue
  echo "bench: pip installs $package into $venv" >&2
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: "$package" ||
    echo "bench: $package is not to be had here" >&2
  printf '%s\n' "$package" >>"$venv/tried.txt"
done <bench/fill_packages.txt

export PYTHONDONTWRITEBYTECODE=1
exec "$venv/bin/python" bench/fill_bench.py "$@"
