#!/usr/bin/env bash
# Judges without changing anything: formatting, clang-tidy (.clang-tidy), shellcheck, the reports' schema.
# Names of sources on the command line restrict clang-tidy to them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

git ls-files -z '*.cc' '*.h' | xargs -0 clang-format-19 --dry-run -Werror
shellcheck -x run .ci/run tools/*.sh

sources=("$@")
(($# > 0)) || mapfile -t sources < <(git ls-files 'src/*.cc')
# g++'s own switches in the compile commands are no business of clang's.
printf '%s\0' "${sources[@]}" |
  xargs -0 -n 4 -P "$(nproc)" clang-tidy-19 -p build --quiet --extra-arg=-Wno-unknown-warning-option
echo "lint: nothing to say"
