// Reads the small text and model files that hold a vocabulary, whole and under a limit, packed by
// gzip or not. Pure functions.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pawfect {

// The largest vocabulary file that is read, packed and unpacked.
inline constexpr std::size_t kMaxVocabularyBytes = 16 * 1024 * 1024;

// The bytes of the file, unpacked when they begin as gzip does. Errors (kModelMissing): what
// MappedFile::open refuses, over the limit, cut while it was read, damaged gzip.
Result<std::string> read_vocabulary_file(const std::filesystem::path& path);

// `bytes` unpacked when they begin as gzip does, else as they are. `name` stands for the file in
// messages. Errors (kModelMissing): damaged or cut gzip, over the limit when unpacked.
Result<std::string> unpacked(std::string bytes, std::string_view name);

}  // namespace pawfect
