// Small engines that tests run jobs with. For tests only; header-only, so that no library carries
// it.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "fill/engine.h"

namespace pawfect::fakes {

// Does what the test's function does; everything else is what a small, well-behaved engine says.
class FakeEngine : public FillEngine {
 public:
  using Fill = std::function<Result<FillResult>(const FillRequest&, const JobControl&)>;

  explicit FakeEngine(Fill fill) : fill_(std::move(fill)) {}

  std::string_view name() const override { return "fake"; }
  WindowPolicy window_policy() const override { return policy; }
  bool wants_colour_field() const override { return is_tinting; }
  std::int64_t memory_needed(int, int, std::int64_t, int) const override { return memory; }
  Result<FillResult> fill(const FillRequest& request, const JobControl& control) const override {
    return fill_(request, control);
  }

  WindowPolicy policy;
  bool is_tinting = false;
  std::int64_t memory = 0;

 private:
  Fill fill_;
};

// Every byte of the window becomes `value`, in the hole and outside it.
inline FakeEngine::Fill constant_fill(std::uint8_t value) {
  return [value](const FillRequest& request, const JobControl&) -> Result<FillResult> {
    FillResult result{request.window, {}};
    std::ranges::fill(result.window.bytes, value);
    return result;
  };
}

}  // namespace pawfect::fakes
