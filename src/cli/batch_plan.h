// Which photo of a folder goes with which mask to which output. Looks at names and times only,
// never into a file. No state; the folders are read once.
#pragma once

#include <filesystem>
#include <vector>

#include "base/error.h"

namespace pawfect {

struct BatchFolders {
  std::filesystem::path photos;
  std::filesystem::path masks;  // a folder, or one mask for all
  std::filesystem::path out;
};

struct BatchItem {
  std::filesystem::path image;
  std::filesystem::path mask;  // empty: there is none for this photo
  std::filesystem::path out;   // out folder / name of the photo
};

struct BatchPlan {
  std::vector<BatchItem> items;  // by name
  int ignored = 0;               // files that are no photos by their name
};

// The mask for a photo STEM.EXT in `folder`: STEM.mask.png, STEM_mask.png, STEM.png, or STEM with
// another picture ending, the first that is there; never the photo itself. Empty when there is
// none.
std::filesystem::path find_mask(const std::filesystem::path& photo,
                                const std::filesystem::path& folder);

// Every photo of the folder (not of folders in it; hidden files and STEM.mask.* and STEM_mask.* are
// no photos). Makes the out folder when only that last part of its path is missing. Errors (kUsage,
// kBadInput): a folder that is missing or is no folder, no photo in it, out being the folder of the
// photos or of the masks.
Result<BatchPlan> plan_batch(const BatchFolders& folders);

// True when the output is there and not older than photo and mask. Outputs appear whole or not at
// all, so one that is there is complete.
bool is_up_to_date(const BatchItem& item);

}  // namespace pawfect
