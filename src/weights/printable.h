// Names from outside (paths, tensor names, metadata keys) as they may stand in a one-line message.
// Pure functions, safe from any thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace pawfect {

// What is not printable ASCII becomes '?'; the middle of a name over 120 bytes is left out.
std::string printable_name(std::string_view name);

// As above, but bytes over 127 stay: paths are often UTF-8. At most 240 bytes are shown.
std::string printable_path(const std::filesystem::path& path);

}  // namespace pawfect
