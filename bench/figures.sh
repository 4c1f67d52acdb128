#!/usr/bin/env bash
# draw the figures of docs/texture-engine.md with the present engine
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The argument is the build folder.
exec "${1:-build}/texture_figures" examples/friends.jpg examples/friends.mask.png docs/figures
