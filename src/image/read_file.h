// Reads a whole file under a limit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "image/bytes.h"

namespace pawfect {

// The bytes of the file or pipe at `path`. Errors (kBadInput): missing, a folder, not readable,
// over `max_bytes`; never reads more than that.
Result<ByteVector> read_file(const std::filesystem::path& path, std::int64_t max_bytes);

// A path or field name as it may stand in a message: control characters become '?', and the middle
// of a very long one is left out.
std::string for_message(std::string_view name);

}  // namespace pawfect
