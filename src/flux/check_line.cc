#include "flux/check_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "weights/printable.h"

namespace pawfect {
namespace {

template <typename T>
double different(std::span<const T> a, std::span<const T> b) {
  if (a.size() != b.size()) return double(std::max(a.size(), b.size()));
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += a[i] == b[i] ? 0 : 1;
  return double(count);
}

std::string outcome(const CheckLine& line) {
  if (!line.trouble.empty()) return "did not run: " + line.trouble;
  switch (line.measure) {
    case CheckMeasure::kCount:
      return fmt::format("{:.0f} differ (limit {:.0f})", line.worst, line.limit);
    case CheckMeasure::kLevels:
      return fmt::format("worst {:.0f} of 255 off (limit {:.0f})", line.worst, line.limit);
    case CheckMeasure::kRelative:
      break;
  }
  return fmt::format("worst {:.1e} (limit {:.0e})", line.worst, line.limit);
}

}  // namespace

void CheckLine::add(double value, std::string_view where) {
  if (std::isnan(value)) value = std::numeric_limits<double>::infinity();
  if (compared++ == 0 || value > worst) {
    worst = value;
    at = where;
  }
}

void CheckLine::add_trouble(std::string_view message, std::string_view where) {
  if (!trouble.empty()) return;
  trouble = message;
  at = where;
}

std::string line_text(const CheckLine& line) {
  std::string text = fmt::format("{:4} {:18} {:14} {}", line.is_ok() ? "ok" : "FAIL", line.stage,
                                 line.kind, outcome(line));
  if (!line.at.empty()) text += "  case " + printable_name(line.at);
  if (!line.file.empty()) text += "  " + printable_name(line.file);
  return text;
}

double relative_error(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  double error = 0, norm = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = double(a[i]) - double(b[i]);
    error += difference * difference;
    norm += double(b[i]) * double(b[i]);
  }
  if (error == 0) return 0;  // also of nothing but zeros
  return std::sqrt(error / norm);
}

double count_different(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
  return different(a, b);
}

double count_different(std::span<const float> a, std::span<const float> b) {
  return different(a, b);
}

double most_levels(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  if (a.size() != b.size()) return 256;
  int most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

}  // namespace pawfect
