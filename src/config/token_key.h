// The keys of a [[token]] table, as config_keys() has those of the sections. Constant.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "config/service_config.h"

namespace pawfect {

struct TokenKey {
  std::string_view name, help;
  std::variant<std::string& (*)(TokenConfig&), int& (*)(TokenConfig&)> place;
  std::int64_t lowest = 0, highest = 0;  // of a number
  std::string_view allowed = {};         // of a text, which must be there
  bool (*accepts)(std::string_view) = nullptr;
};

std::span<const TokenKey> token_keys();

}  // namespace pawfect
