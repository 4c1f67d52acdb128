# shellcheck shell=bash
# Sourced by ./run from the checkout's root: configure, build and test a preset of CMakePresets.json.

# build_folder PRESET -> the folder that preset builds in
build_folder() {
  if [[ $1 == release ]]; then echo build; else echo "build-$1"; fi
}

# build_preset PRESET [TARGET ...]: configures when that was not done or the presets changed, then builds.
build_preset() {
  local preset=$1 folder
  shift
  folder=$(build_folder "$preset")
  if [[ ! -f $folder/build.ninja || CMakePresets.json -nt $folder/build.ninja ]]; then
    local launcher=()
    command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    cmake --preset "$preset" "${launcher[@]}"
  fi
  ninja -C "$folder" "${@:-all}"
}

# test_preset PRESET [CTEST-ARGUMENT ...]: builds all, then runs every test; ctest's summary comes last.
test_preset() {
  local preset=$1
  shift
  build_preset "$preset"
  ctest --test-dir "$(build_folder "$preset")" --parallel 2 --output-on-failure "$@"
}
