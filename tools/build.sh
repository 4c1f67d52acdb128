# shellcheck shell=bash
# Sourced by ./run from the checkout's root: configure, build and test a preset of CMakePresets.json.

# build_folder PRESET -> the folder that preset builds in
build_folder() {
  if [[ $1 == release ]]; then echo build; else echo "build-$1"; fi
}

# configure_preset PRESET: when that was not done yet or the presets changed since. ninja sees to the rest.
configure_preset() {
  local folder launcher=()
  folder=$(build_folder "$1")
  [[ ! -f $folder/build.ninja || CMakePresets.json -nt $folder/build.ninja ]] || return 0
  if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  cmake --preset "$1" "${launcher[@]}"
}

# build_preset PRESET [TARGET ...]
build_preset() {
  local preset=$1
  shift
  configure_preset "$preset"
  ninja -C "$(build_folder "$preset")" "${@:-all}"
}

# test_preset PRESET [CTEST-ARGUMENT ...]: builds all, then runs every test; ctest's summary comes last.
test_preset() {
  local preset=$1
  shift
  build_preset "$preset"
  ctest --test-dir "$(build_folder "$preset")" --parallel 2 --output-on-failure "$@"
}
