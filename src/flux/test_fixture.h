// For tests: the folder with a tiny FLUX.1-Fill and what the reference computes with it
// (tests/data/flux-tiny/README.md), or another folder of that layout that the environment names.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace pawfect {

inline std::filesystem::path fixture_dir() {
  if (const char* other = std::getenv("PAWFECT_FLUX_FIXTURE")) return other;
  return std::filesystem::path(PAWFECT_SOURCE_DIR) / "tests" / "data" / "flux-tiny";
}

}  // namespace pawfect
