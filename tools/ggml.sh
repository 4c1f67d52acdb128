#!/usr/bin/env bash
# Brings the pinned ggml (the tensor library) and builds it once as static libraries, outside the
# checkout; prints the folder where they are installed. Ready ones are found in a few milliseconds.
#
#   tools/ggml.sh [--ready] [cpu|cuda|vulkan]       --ready: builds nothing, fails when there is none yet
#
#   PAWFECT_CACHE=DIR          where it is kept (default: ~/.cache/pawfect)
#   PAWFECT_GGML_SOURCE=PATH   a folder or archive with the source, for machines without a network
#   PAWFECT_GGML=system        takes the ggml that cmake finds installed; prints "system"
#   PAWFECT_PORTABLE=1         for any x86-64-v3 processor, not only for the one it is built on
#   PAWFECT_JOBS=N             how many compilers run at once (default: one a processor)
#   PAWFECT_CUDA_ARCHITECTURES which cards a cuda build is for (default: those of this machine)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=0.15.3
# A source package of Python bindings that holds ggml's whole source under vendor/ggml.
package=ggml-python
package_version=0.0.45
package_sha256=10aac52075cf3c7ef2b00d6c35b1c23f7b018dbeff8ae8df67339b4be1166f05

say() { printf 'ggml: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# cmake_options CONFIG: one a line; they are also what the installed folder is named after.
cmake_options() {
  printf '%s\n' -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
    -DCMAKE_INSTALL_LIBDIR=lib -DGGML_BUILD_TESTS=OFF -DGGML_BUILD_EXAMPLES=OFF -DGGML_ALL_WARNINGS=OFF \
    -DGGML_LLAMAFILE=ON -DGGML_CPU_REPACK=ON
  # ggml's own threads multiply as fast as OpenMP's (tried on two cores) and need no library at run time.
  printf '%s\n' -DGGML_OPENMP=OFF
  if [[ -n ${PAWFECT_PORTABLE:-} ]]; then
    printf '%s\n' -DGGML_NATIVE=OFF -DGGML_SSE42=ON -DGGML_AVX=ON -DGGML_AVX2=ON -DGGML_BMI2=ON -DGGML_FMA=ON \
      -DGGML_F16C=ON
  else
    printf '%s\n' -DGGML_NATIVE=ON
  fi
  case $1 in
    cuda)
      printf '%s\n' -DGGML_CUDA=ON -DGGML_CUDA_GRAPHS=ON -DGGML_CUDA_NCCL=OFF
      [[ -z ${PAWFECT_CUDA_ARCHITECTURES:-} ]] || printf '%s\n' "-DCMAKE_CUDA_ARCHITECTURES=$PAWFECT_CUDA_ARCHITECTURES"
      ;;
    vulkan) printf '%s\n' -DGGML_VULKAN=ON ;;
  esac
}

# What the same options may come out differently for: the compilers, and this processor in a build of its own.
build_machine() {
  "${CXX:-c++}" --version | head -n 1
  [[ $1 != cuda ]] || nvcc --version | tail -n 2
  [[ -n ${PAWFECT_PORTABLE:-} ]] || grep -m 1 -E '^(flags|Features)' /proc/cpuinfo || uname -m
}

# fetch FOLDER: the pinned package into FOLDER; pip knows this machine's index, and checks the hash.
fetch() {
  python3 -m pip --version >/dev/null 2>&1 || "$here/setup.sh" ggml
  say "fetching the source of ggml $version (3.4 MB) with pip"
  printf '%s==%s --hash=sha256:%s\n' "$package" "$package_version" "$package_sha256" >"$1/wanted.txt"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-binary "$package" --dest "$1" \
    --requirement "$1/wanted.txt" >&2 ||
    die "pip could not bring $package $package_version; is there a network? A source brought by hand can be named" \
      "with PAWFECT_GGML_SOURCE=FOLDER or ARCHIVE"
}

# unpack ARCHIVE FOLDER
unpack() {
  mkdir -p "$2"
  tar -xzf "$1" -C "$2" || die "$1 is no .tar.gz archive; give ggml's source as a folder or as such an archive"
}

# find_source FOLDER: where in FOLDER, or up to three levels below it, ggml itself starts; checks its version.
find_source() {
  local header source found
  header=$(find "$1" -maxdepth 5 -path '*/include/ggml.h' -print -quit)
  source=${header%/include/ggml.h}
  [[ -n $header && -f $source/CMakeLists.txt ]] ||
    die "there is no ggml in $1 (include/ggml.h and CMakeLists.txt are looked for); check PAWFECT_GGML_SOURCE"
  found=$(sed -nE 's/^set\(GGML_VERSION_(MAJOR|MINOR|PATCH) ([0-9]+)\).*/\2/p' "$source/CMakeLists.txt" | paste -sd.)
  [[ $found == "$version" ]] || die "$source is ggml ${found:-of an unknown version}; this program is written for $version"
  printf '%s' "$source"
}

# suit_old_vulkan SOURCE: Debian 12's Vulkan headers lack the extension with which ggml would configure the
# validation layer, a help for its own developers; this takes those lines out. Newer headers: nothing to do.
suit_old_vulkan() {
  local code=$1/src/ggml-vulkan/ggml-vulkan.cpp
  ! grep -q VK_EXT_layer_settings "${VULKAN_SDK:-/usr}/include/vulkan/vulkan_core.h" || return 0
  sed -i -e '/std::vector<vk::LayerSettingEXT> settings/,/layer_setting_info(settings);/d' \
    -e 's/extensions, &layer_setting_info)/extensions)/' "$code"
}

# suit_old_gcc SOURCE: GCC 12.2's header names only 8 of the 64 bytes that describe AMX's tiles (GCC bug 114098), so
# the compiler leaves out writing the others, and the first product on tiles would end in SIGSEGV.
suit_old_gcc() {
  sed -i -E 's/^( *)_tile_loadconfig\(&tc\);/\1__asm__ volatile("" : : "r"(\&tc) : "memory");\n&/' \
    "$1/src/ggml-cpu/amx/mmq.cpp"
}

# build CONFIG WORK: builds below WORK, leaves the result in WORK/install.
build() {
  local config=$1 work=$2 given=${PAWFECT_GGML_SOURCE:-} source options generator=()
  if [[ $config == vulkan ]]; then "$here/setup.sh" ggml-vulkan; fi
  mkdir -p "$work"
  if [[ -d $given ]]; then
    source=$(find_source "$given")
  else
    if [[ -n $given ]]; then
      [[ -f $given ]] || die "PAWFECT_GGML_SOURCE=$given does not exist; name a folder or an archive, or unset it"
      unpack "$given" "$work/source"
    else
      fetch "$work"
      unpack "$work"/*.tar.gz "$work/source"
    fi
    source=$(find_source "$work/source")
  fi

  if [[ -d $given ]]; then
    cp -r "$source" "$work/source"
    source=$work/source
  fi
  suit_old_gcc "$source"
  if [[ $config == vulkan ]]; then suit_old_vulkan "$source"; fi

  mapfile -t options < <(cmake_options "$config")
  if command -v ninja >/dev/null; then generator=(-G Ninja); fi
  say "building ggml $version for $config, once; log: $work.log"
  {
    cmake -S "$source" -B "$work/build" "${generator[@]}" "-DCMAKE_INSTALL_PREFIX=$work/install" "${options[@]}" &&
      nice -n 19 cmake --build "$work/build" --parallel "${PAWFECT_JOBS:-$(nproc)}" --target install
  } >"$work.log" 2>&1 || {
    grep -m 5 -E -A 3 'error|Error' "$work.log" >&2 || tail -n 20 "$work.log" >&2
    die "the build failed; all it said is in $work.log"
  }
}

main() {
  local only_ready='' config cache key prefix start
  if [[ ${1:-} == --ready ]]; then
    only_ready=1
    shift
  fi
  config=${1:-cpu}
  [[ $config =~ ^(cpu|cuda|vulkan)$ ]] || die "there is no build for '$config'; choose cpu, cuda or vulkan"
  case ${PAWFECT_GGML:-} in
    '') ;;
    system)
      echo system
      return
      ;;
    *) die "PAWFECT_GGML=$PAWFECT_GGML is unknown; 'system' takes the installed one, unset it for the pinned one" ;;
  esac
  if [[ $config == cuda ]] && ! command -v nvcc >/dev/null; then
    PATH=$PATH:/usr/local/cuda/bin
    command -v nvcc >/dev/null ||
      die "the CUDA compiler nvcc is neither on PATH nor in /usr/local/cuda/bin; install NVIDIA's CUDA toolkit"
  fi

  cache=${PAWFECT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pawfect}
  key=$({ cmake_options "$config" && build_machine "$config" && declare -f suit_old_gcc suit_old_vulkan; } |
    sha256sum | cut -c 1-10)
  prefix=$cache/ggml-$version-$config-$key
  if [[ ! -d $prefix ]]; then
    [[ -z $only_ready ]] || die "not built yet for $config; run: tools/ggml.sh $config"
    mkdir -p "$cache"
    start=$SECONDS
    # One at a time; who waited finds it built. Only the last step gives it its name, so that half a build
    # never counts as one.
    exec {lock}>"$prefix.lock"
    flock -n "$lock" || {
      say "another call is building it; waiting"
      flock "$lock"
    }
    if [[ ! -d $prefix ]]; then
      rm -rf "$prefix.part"
      build "$config" "$prefix.part"
      mv "$prefix.part/install" "$prefix"
      rm -rf "$prefix.part" "$prefix.part.log"
      say "ready after $((SECONDS - start)) s: $prefix"
    fi
    exec {lock}>&-
  fi
  printf '%s\n' "$prefix"
}

main "$@"
