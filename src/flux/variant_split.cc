#include "flux/variant_split.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>

#include "base/sha256.h"
#include "weights/printable.h"

namespace pawfect {
namespace {

constexpr int kMostWeight = 1'000'000;

std::unexpected<Error> refuse(std::string_view why) {
  return fail(ErrorCode::kUsage, fmt::format("MODEL_SPLIT: {}; write it like "
                                             "flux-q5_k_m=90,flux-q8_0=10",
                                             why));
}

// Weighted rendezvous hashing: every entry draws a number from the session's id and its own name
// alone, uniform in (0, 1), and -ln(number) / weight is exponentially distributed with rate
// `weight`. The smallest of such numbers is an entry's with probability weight / sum of weights,
// and another weight of one entry changes only who stands before or behind that entry.
double draw(std::string_view session_id, const std::string& name, int weight) {
  std::string text(session_id);
  text += '\0';
  text += name;
  const Digest digest = sha256(std::as_bytes(std::span(text.data(), text.size())));
  std::uint64_t bits = 0;
  for (std::size_t k = 0; k < sizeof bits; ++k) bits = bits << 8 | digest[k];
  const double uniform = (double(bits >> 11) + 0.5) * 0x1p-53;
  return -std::log(uniform) / weight;
}

}  // namespace

Result<VariantSplit> VariantSplit::parse(std::string_view text, const Manifest& manifest) {
  VariantSplit split;
  for (bool is_last = false; !is_last;) {
    const std::size_t comma = text.find(',');
    is_last = comma == std::string_view::npos;
    const std::string_view entry = text.substr(0, comma);
    if (!is_last) text.remove_prefix(comma + 1);
    const std::size_t equals = entry.find('=');
    if (equals == 0 || equals == std::string_view::npos)
      return refuse(fmt::format("'{}' is not NAME=WEIGHT", printable_name(entry)));
    const Result<const Variant*> variant = manifest.find(entry.substr(0, equals));
    if (!variant) return refuse(variant.error().message);
    const std::string_view digits = entry.substr(equals + 1);
    int weight = 0;
    const auto [end, problem] =
        std::from_chars(digits.data(), digits.data() + digits.size(), weight);
    if (problem != std::errc() || end != digits.data() + digits.size() || weight < 1 ||
        weight > kMostWeight) {
      return refuse(fmt::format("the weight of {} is '{}', not a whole number from 1 to {}",
                                (*variant)->name, printable_name(digits), kMostWeight));
    }
    if (std::ranges::find(split.entries_, (*variant)->name, &Entry::name) != split.entries_.end())
      return refuse(fmt::format("{} stands there twice", (*variant)->name));
    split.entries_.push_back({(*variant)->name, weight});
  }
  // By name, so that even equal draws do not hang on how it was written.
  std::ranges::sort(split.entries_, {}, &Entry::name);
  return split;
}

const std::string& VariantSplit::choose(std::string_view session_id) const {
  return std::ranges::min_element(
             entries_, {},
             [&](const Entry& entry) { return draw(session_id, entry.name, entry.weight); })
      ->name;
}

}  // namespace pawfect
