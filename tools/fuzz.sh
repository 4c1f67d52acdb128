#!/usr/bin/env bash
# Runs every fuzz target for a while (default 60 s each), starting from the seeds in fuzz/corpus/NAME. What
# it finds interesting is kept in build-fuzz/corpus/NAME; an input that breaks something is written
# beside it as crash-* and belongs into fuzz/corpus/NAME with the fix.
#
#   tools/fuzz.sh [SECONDS [TARGET ...]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=${1:-60}
(($# == 0)) || shift
targets=("$@")
if ((${#targets[@]} == 0)); then
  mapfile -t targets < <(find fuzz -name '*_fuzz.cc' -printf '%f\n' | sed 's/_fuzz\.cc$//' | sort)
fi
for target in "${targets[@]}"; do
  grown=build-fuzz/corpus/$target
  mkdir -p "$grown"
  echo "fuzz: $target for $seconds s"
  "build-fuzz/${target}_fuzz" -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=10 -print_final_stats=1 \
    -verbosity=0 -artifact_prefix="$grown/" "$grown" "fuzz/corpus/$target"
done
