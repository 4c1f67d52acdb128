// What a NATS server says about itself before anything else: the line INFO {...} of its protocol,
// which cnats 3.4 keeps to itself. Bounded and strict.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pawfect {

// The version of the server at "nats://host:port"; empty: it could not be learnt in two seconds.
std::optional<std::string> nats_server_version(std::string_view url);

// From the INFO line; empty: it is none.
std::optional<std::string> version_in_info(std::string_view line);

// Whether version a ("2.9.10") is older than b. Versions that are none count as old.
bool is_older(std::string_view a, std::string_view b);

}  // namespace pawfect
