# shellcheck shell=bash
# Sourced by ./run from the checkout's root: configure, build and test a preset of CMakePresets.json.

# build_folder PRESET -> the folder that preset builds in
build_folder() {
  if [[ $1 == release ]]; then echo build; else echo "build-$1"; fi
}

# configure_preset PRESET: when that was not done yet, or the presets or the ggml to link changed since. ninja
# sees to the rest. PAWFECT_BACKEND chooses the ggml: cpu (default), cuda or vulkan; tools/ggml.sh brings it.
configure_preset() {
  local folder ggml launcher=()
  folder=$(build_folder "$1")
  ggml=$(tools/ggml.sh "${PAWFECT_BACKEND:-cpu}")
  if [[ -f $folder/build.ninja && ! CMakePresets.json -nt $folder/build.ninja ]] &&
    grep -qxF "PAWFECT_GGML_DIR:STRING=$ggml" "$folder/CMakeCache.txt"; then
    return 0
  fi
  if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  cmake --preset "$1" "-DPAWFECT_GGML_DIR=$ggml" "${launcher[@]}"
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
  if ! PAWFECT_TEST_TOOLS=$(tools/test_tools.sh); then
    echo "test: without the test tools; tests against real servers are SKIPPED" >&2
  fi
  export PAWFECT_TEST_TOOLS
  ctest --test-dir "$(build_folder "$preset")" --parallel 2 --output-on-failure "$@"
}
