// Tells what a file is that is neither GGUF nor safetensors, from its first bytes: people give the
// wrong file, or a download left a web page in its place. Pure function, safe from any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace pawfect {

// What the file is and what to do, the tail of a message; a general answer when nothing is known.
std::string_view other_kind(std::span<const std::byte> file);

}  // namespace pawfect
