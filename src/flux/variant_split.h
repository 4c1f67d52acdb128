// Comparing variants on live work: MODEL_SPLIT="flux-q5_k_m=90,flux-q8_0=10" gives a tenth of the
// sessions the second one. A session always gets the same variant, in every process and whatever
// the order of the entries; when a weight changes, only the sessions that the change is about move.
// Read-only; safe from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "flux/variants.h"

namespace pawfect {

class VariantSplit {
 public:
  // "NAME=WEIGHT,NAME=WEIGHT"; names as Manifest::find takes them, weights whole numbers from 1 to
  // 1000000, no blanks. Errors (kUsage), which begin with MODEL_SPLIT: what was found and what is
  // allowed.
  static Result<VariantSplit> parse(std::string_view text, const Manifest& manifest);

  // The name of the session's variant.
  const std::string& choose(std::string_view session_id) const;

 private:
  struct Entry {
    std::string name;
    int weight = 0;
  };

  std::vector<Entry> entries_;  // at least one
};

}  // namespace pawfect
