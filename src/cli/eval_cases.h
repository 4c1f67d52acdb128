// The cases of a folder for `pawfect eval`: which photo is filled under which mask, and whether
// what lies under the mask is the truth. Reads manifest.json when the folder has one, else goes by
// names.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace pawfect {

struct EvalCase {
  std::string name;
  std::filesystem::path photo;
  std::filesystem::path mask;
  bool has_truth = true;  // false: the masked thing is to be removed, nothing to compare with
};

// manifest.json:
// {"photos":[{"file":F,"masks":[{"case":C,"file":M,"kind":"gt"|"removal"},...]},...]}, files named
// relative to the folder. Without it: each NAME_CASE.mask.png beside a photo NAME.EXT (or
// NAME.mask.png), with truth unless CASE begins with "remove". By name. Errors (kBadInput): no
// folder, no case, a manifest that is damaged or names a file that is not there.
Result<std::vector<EvalCase>> find_eval_cases(const std::filesystem::path& folder);

}  // namespace pawfect
