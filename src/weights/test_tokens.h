// The recorded ids that the tests of the tokenizers compare with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "weights/test_files.h"

namespace pawfect::testing {

inline std::filesystem::path token_data(std::string_view name) {
  return std::filesystem::path(PAWFECT_SOURCE_DIR) / "tests/data/tokenizers" / name;
}

// A text and the ids that the reference tokenizer gives it.
struct TokenRow {
  std::string text;
  std::vector<std::int32_t> ids;    // neither cut nor padded
  std::vector<std::int32_t> ids77;  // CLIP only: cut and padded
};

inline std::vector<TokenRow> token_rows(std::string_view name) {
  std::vector<TokenRow> out;
  for (const auto& row : nlohmann::json::parse(read_all(token_data(name)))) {
    out.push_back({row.at("text"), row.at("ids"), row.value("ids77", std::vector<std::int32_t>())});
  }
  return out;
}

}  // namespace pawfect::testing
