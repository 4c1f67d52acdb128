#!/usr/bin/env bash
# measure the service: requests a second, uploads, queues, memory, start; beside a FastAPI server that does the same work
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools/setup.sh bench
venv=bench-out/service-venv
if [[ ! -x $venv/bin/uvicorn ]]; then
  echo "bench: making $venv for the peer" >&2
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
    -r bench/service_packages.txt
fi
PAWFECT_TEST_TOOLS=$(tools/test_tools.sh) || echo "bench: without NATS" >&2
export PYTHONDONTWRITEBYTECODE=1 PAWFECT=build/pawfect PAWFECT_TEST_TOOLS
exec python3 bench/service_bench.py "$@"
