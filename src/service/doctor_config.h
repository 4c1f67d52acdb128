// The part of pawfect doctor that looks at the service's configuration (--config FILE) and prints
// what is generated from its table of keys. It is apart from the rest of the command because that
// is there without the service, too.
#pragma once

#include <optional>
#include <span>

namespace pawfect {

// Returns the exit status when the arguments are about the configuration, nothing when they are
// not. With --help it tells of itself and leaves the rest to the other part.
std::optional<int> run_config_doctor(std::span<char* const> arguments);

}  // namespace pawfect
