#!/usr/bin/env bash
# Runs a benchmark: bench/SUBJECT.sh with the remaining arguments; without a subject it lists them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

subject=${1:-}
if [[ $subject =~ ^[a-z0-9-]+$ && -f bench/$subject.sh ]]; then
  shift
  exec bash "bench/$subject.sh" "$@"
fi
[[ -z $subject ]] || echo "bench: there is no benchmark '$subject'" >&2
echo "usage: ./run bench SUBJECT [ARGUMENTS]"
for script in bench/*.sh; do
  # The second line of each script says what it measures.
  [[ ! -f $script ]] || printf '  %-8s %s\n' "$(basename "$script" .sh)" "$(sed -n '2s/^# *//p' "$script")"
done
[[ -z $subject ]]
