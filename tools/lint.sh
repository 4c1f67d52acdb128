#!/usr/bin/env bash
# Judges without changing anything: formatting, shellcheck and clang-tidy (.clang-tidy); all of them speak before
# it fails. Names of sources on the command line restrict clang-tidy to them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

failed=0
git ls-files -z '*.cc' '*.h' | xargs -0 clang-format-19 --dry-run -Werror || failed=1
shellcheck -x run .ci/run tools/*.sh bench/*.sh || failed=1

# tidy SWITCH [SOURCE ...]: g++'s own switches in the compile commands are no business of clang's; it tells on
# stderr how many warnings of the system's headers it kept to itself.
tidy() {
  local switch=$1
  shift
  (($# == 0)) || printf '%s\0' "$@" |
    xargs -0 -n 4 -P "$(nproc)" clang-tidy-19 -p build --quiet --extra-arg=-Wno-unknown-warning-option "$switch" 2>/dev/null
}

sources=("$@")
(($# > 0)) || mapfile -t sources < <(git ls-files 'src/*.cc' 'fuzz/*.cc')
code=() tests=()
for source in "${sources[@]}"; do
  if [[ $source == *_test.cc ]]; then tests+=("$source"); else code+=("$source"); fi
done
tidy --checks= "${code[@]}" || failed=1
# Tests stop at the first ASSERT that fails, which the check of optionals cannot see; and what the analyzer looks for
# on every path, the sanitizers look for in every run of them, at a quarter of its time.
tidy '--checks=-bugprone-unchecked-optional-access,-clang-analyzer-*' "${tests[@]}" || failed=1

((failed == 0)) && echo "lint: nothing to say"
exit "$failed"
