// What a client may ask of one fill, as the API takes it and the job message carries it: a JSON
// object with only known members, each checked. Value type and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pawfect {

// What this service allows.
struct FillBounds {
  int most_steps = 50;
  std::string engine = "texture";  // the one that is offered
};

struct FillOptions {
  std::optional<std::uint64_t> seed = {};
  std::optional<std::string> prompt =
      {};  // at most 500 bytes of UTF-8; set but empty: no prompt, and no labels
  std::optional<int> grow = {}, blend = {};  // pixels, as --grow and --blend
  std::optional<bool> invert = {}, follow_shadow = {}, strip_location = {};
  std::optional<int> steps = {};
  std::optional<double> guidance = {};
  std::optional<double> refine = {};
  std::optional<int> jpeg_quality = {};
  std::string variant = {};  // chosen at the enqueue by MODEL_VARIANT or MODEL_SPLIT, or asked for;
                             // empty: the worker's own

  bool operator==(const FillOptions&) const = default;
};

// {"seed":7,"prompt":"grass","grow":8,"blend":6,"invert":false,"followShadow":true,
//  "stripLocation":false,"steps":20,"guidance":30,"refine":0.3,"jpegQuality":90,"variant":"flux-q8_0"}
// Error (kBadInput): no JSON, an unknown member (the nearest that exists is named), a wrong type,
// out of range. The message begins with the member's name.
Result<FillOptions> parse_fill_options(std::string_view json, const FillBounds& bounds);

// The same from form fields, whose values are texts: "seed" = "7".
Result<void> set_fill_option(FillOptions& options, std::string_view name, std::string_view value,
                             const FillBounds& bounds);

// What there is, for clients: {"seed":{"form":"number","allowed":"a whole number, ..."},...}
std::string describe_fill_options(const FillBounds& bounds);

// On one line, only members that are set.
std::string to_text(const FillOptions& options);

}  // namespace pawfect
