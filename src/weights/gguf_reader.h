// Reads the header of a GGUF file, versions 2 and 3, little-endian, and checks every number in it
// against the file and the limits before it is used. Nothing is allocated by a count that the
// file's own length does not bear out. Pure function, safe from any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/error.h"
#include "weights/file_contents.h"

namespace pawfect {

// The tensors and metadata of the GGUF in `file`; arrays of the metadata are views into it. `name`
// is the file for messages. Errors (kModelMissing): damaged, cut short, over a limit, big-endian, a
// version or a type that we do not take, tensors that overlap or leave the file.
Result<FileContents> read_gguf(std::span<const std::byte> file, std::string_view name,
                               const WeightLimits& limits);

}  // namespace pawfect
