// Parses the JSON header of a safetensors file: {"NAME": {"dtype": "F16", "shape": [2, 3],
// "data_offsets": [0, 12]}, ..., "__metadata__": {"KEY": "TEXT"}}. Read as a stream of events that
// allows exactly this form, so that nesting, duplicate keys and stray values end at once and no
// tree is built. Pure function, safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "weights/file_contents.h"

namespace pawfect {

// One entry as it stands in the header; offsets count from the start of the data.
struct SafetensorsEntry {
  std::string name;
  std::string dtype;
  std::vector<std::uint64_t> shape;  // outermost first
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;
  Metadata::Values metadata;  // strings only
};

// Errors (kModelMissing): not JSON, not of this form, a key twice, over `limits`.
Result<SafetensorsHeader> parse_safetensors_header(std::string_view json, std::string_view file,
                                                   const WeightLimits& limits);

}  // namespace pawfect
