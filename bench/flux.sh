#!/usr/bin/env bash
# time FLUX.1-Fill, ours and stable-diffusion.cpp, with random weights of the real size (13 GB in bench-out/)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export PYTHONDONTWRITEBYTECODE=1
exec python3 bench/flux_bench.py "$@"
