#include "weights/gguf_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

namespace pawfect {
namespace {

struct GgufType {
  std::uint32_t number;
  TensorType type;
};

// ggml.h, enum ggml_type.
constexpr std::array<GgufType, 16> kTaken = {{
    {0, TensorType::kF32},
    {1, TensorType::kF16},
    {30, TensorType::kBF16},
    {28, TensorType::kF64},
    {2, TensorType::kQ4_0},
    {3, TensorType::kQ4_1},
    {6, TensorType::kQ5_0},
    {7, TensorType::kQ5_1},
    {8, TensorType::kQ8_0},
    {12, TensorType::kQ4_K},
    {13, TensorType::kQ5_K},
    {14, TensorType::kQ6_K},
    {24, TensorType::kI8},
    {25, TensorType::kI16},
    {26, TensorType::kI32},
    {27, TensorType::kI64},
}};

constexpr std::array<std::pair<std::uint32_t, std::string_view>, 26> kKnownNotTaken = {{
    {4, "Q4_2"},        {5, "Q4_3"},        {9, "Q8_1"},        {10, "Q2_K"},    {11, "Q3_K"},
    {15, "Q8_K"},       {16, "IQ2_XXS"},    {17, "IQ2_XS"},     {18, "IQ3_XXS"}, {19, "IQ1_S"},
    {20, "IQ4_NL"},     {21, "IQ3_S"},      {22, "IQ2_S"},      {23, "IQ4_XS"},  {29, "IQ1_M"},
    {31, "Q4_0_4_4"},   {32, "Q4_0_4_8"},   {33, "Q4_0_8_8"},   {34, "TQ1_0"},   {35, "TQ2_0"},
    {36, "IQ4_NL_4_4"}, {37, "IQ4_NL_4_8"}, {38, "IQ4_NL_8_8"}, {39, "MXFP4"},   {40, "NVFP4"},
    {41, "Q1_0"},
}};

std::string taken_types() {
  std::string list;
  for (const auto& [number, type] : kTaken)
    fmt::format_to(std::back_inserter(list), "{}{}", list.empty() ? "" : ", ", type_name(type));
  return list;
}

}  // namespace

std::optional<TensorType> gguf_type(std::uint32_t number) {
  const auto* found = std::ranges::find(kTaken, number, &GgufType::number);
  if (found == kTaken.end()) return std::nullopt;
  return found->type;
}

std::optional<std::uint32_t> gguf_type_number(TensorType type) {
  const auto* found = std::ranges::find(kTaken, type, &GgufType::type);
  if (found == kTaken.end()) return std::nullopt;
  return found->number;
}

std::string gguf_type_refusal(std::uint32_t number) {
  const auto* known =
      std::ranges::find(kKnownNotTaken, number, [](const auto& k) { return k.first; });
  const std::string name = known == kKnownNotTaken.end()
                               ? fmt::format("the unknown number {}", number)
                               : fmt::format("{} ({})", known->second, number);
  return fmt::format(
      "its type is {}, which is not taken; taken are {}: use a file in one of these, "
      "for example Q5_K_M or Q8_0",
      name, taken_types());
}

}  // namespace pawfect
