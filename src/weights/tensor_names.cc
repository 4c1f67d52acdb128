#include "weights/tensor_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "weights/printable.h"

namespace pawfect {
namespace {

constexpr std::string_view kPrefix = "model.diffusion_model.";

}  // namespace

Result<std::string> tensor_name(std::string_view stored, std::string_view file,
                                const WeightLimits& limits) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: tensor '{}': {}; the file is damaged or hostile: fetch it again "
                            "from a source you trust",
                            file, printable_name(stored), why));
  };
  if (stored.size() > limits.max_name_bytes) {
    return refuse(fmt::format("its name has {} bytes where at most {} are allowed", stored.size(),
                              limits.max_name_bytes));
  }
  if (!std::ranges::all_of(stored, [](char c) { return c >= 0x20 && c < 0x7F; }))
    return refuse("its name holds bytes that are not printable ASCII");
  const std::string_view name =
      stored.starts_with(kPrefix) ? stored.substr(kPrefix.size()) : stored;
  if (name.empty()) return refuse("its name is empty");
  return std::string(name);
}

Result<std::vector<std::uint32_t>> sorted_by_name(std::span<const TensorInfo> tensors,
                                                  std::string_view file) {
  std::vector<std::uint32_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::uint32_t{0});
  const auto name = [&](std::uint32_t place) -> const std::string& { return tensors[place].name; };
  std::ranges::sort(order, {}, name);
  const auto twice = std::ranges::adjacent_find(order, {}, name);
  if (twice == order.end()) return order;
  return fail(ErrorCode::kModelMissing,
              fmt::format("{}: tensor '{}': the name stands in the file more than once (with or "
                          "without '{}' in front); a name may stand once: fetch or convert the "
                          "file again",
                          file, printable_name(name(*twice)), kPrefix));
}

}  // namespace pawfect
