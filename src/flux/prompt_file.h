// Small files that are only a memory of work done: read whole, written whole, never half there.
// Safe for several processes at once; losing one costs time, nothing else.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pawfect {

// The content; empty when there is no such file, it is larger than `most_bytes`, or it cannot be
// read.
std::optional<std::string> read_memory(const std::filesystem::path& path, std::uint64_t most_bytes);

// Makes the folder (for its owner alone) when it is missing, writes to a temporary name beside
// `path` and renames. Error (kUsage): the folder or file cannot be written.
Result<void> write_memory(const std::filesystem::path& path, std::string_view content);

}  // namespace pawfect
