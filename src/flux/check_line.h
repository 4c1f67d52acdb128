// The outcome of one stage of a check: the worst of what was compared, over all cases. Value type.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace pawfect {

enum class CheckMeasure : std::uint8_t {
  kRelative,  // ||ours - reference|| / ||reference||
  kCount,     // numbers that differ
  kLevels,    // most levels of 255 that a sample is off
};

struct CheckLine {
  std::string stage;  // "t5_hidden"
  std::string kind;   // how it was computed: "F16", "Q4_0 as F32"
  std::string file;   // whose weights; may be empty
  CheckMeasure measure = CheckMeasure::kRelative;
  double worst = 0;
  double limit = 0;
  std::string at;       // the case with the worst
  int compared = 0;     // how many times
  std::string trouble;  // why it did not run

  // Takes one comparison in. What is not a number counts as infinite.
  void add(double value, std::string_view where);
  void add_trouble(std::string_view message, std::string_view where);

  bool is_ok() const { return trouble.empty() && worst <= limit; }
};

using CheckSink = std::function<void(const CheckLine&)>;

// "ok   t5_hidden  F16  worst 3.4e-04 (limit 5e-03)  case grass_128x96  FILE", without an end.
std::string line_text(const CheckLine& line);

// ||a - b|| / ||b||; infinite when one has another length than the other.
double relative_error(std::span<const float> a, std::span<const float> b);

// How many numbers differ; all of the longer one when the lengths do.
double count_different(std::span<const std::int32_t> a, std::span<const std::int32_t> b);
double count_different(std::span<const float> a, std::span<const float> b);

// The largest difference; 256 when the lengths differ.
double most_levels(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);

}  // namespace pawfect
