// Reads the header of a safetensors file and checks it: the tensors must cover the data exactly,
// without holes, overlap or rest. Pure function, safe from any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/error.h"
#include "weights/file_contents.h"

namespace pawfect {

// The tensors (shapes turned innermost first) and "__metadata__" strings of the safetensors in
// `file`. `name` is the file for messages. Errors (kModelMissing): damaged, cut short, over a
// limit, an element type that we do not take (FP8 among them).
Result<FileContents> read_safetensors(std::span<const std::byte> file, std::string_view name,
                                      const WeightLimits& limits);

}  // namespace pawfect
