#!/usr/bin/env bash
# Starts the service that ./run built and removes the two dogs from the example photo through its API. Pictures go
# to demo-out/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec python3 -B tools/demo.py "$@"
