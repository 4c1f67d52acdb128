#include "weights/shape_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <unordered_set>

#include "weights/printable.h"

namespace pawfect {
namespace {

constexpr std::size_t kShown = 5;

std::span<const std::int64_t> without_outer_ones(std::span<const std::int64_t> shape) {
  while (!shape.empty() && shape.back() == 1) shape = shape.first(shape.size() - 1);
  return shape;
}

// Collects differences; past the first five it only counts.
class Differences {
 public:
  void add(std::string_view name, std::string_view what) {
    if (++count_ > kShown) return;
    text_ += fmt::format("{}'{}' {}", text_.empty() ? "" : "; ", printable_name(name), what);
  }

  std::size_t count() const { return count_; }
  const std::string& text() const { return text_; }

 private:
  std::size_t count_ = 0;
  std::string text_;
};

}  // namespace

Result<void> check_shapes(const TensorFile& file, std::span<const ExpectedTensor> expected,
                          ExtraPolicy extra) {
  Differences differences;
  for (const ExpectedTensor& due : expected) {
    const TensorInfo* tensor = file.find(due.name);
    if (tensor == nullptr) {
      if (due.is_required) differences.add(due.name, "is missing");
      continue;
    }
    if (!std::ranges::equal(without_outer_ones(tensor->shape), without_outer_ones(due.shape))) {
      differences.add(
          due.name, fmt::format("has shape [{}] where [{}] is due", fmt::join(tensor->shape, ", "),
                                fmt::join(due.shape, ", ")));
    }
  }
  if (extra == ExtraPolicy::kRefuse) {
    std::unordered_set<std::string_view> known;
    for (const ExpectedTensor& due : expected) known.insert(due.name);
    for (const TensorInfo& tensor : file.tensors())
      if (!known.contains(tensor.name))
        differences.add(tensor.name, "is not known to this architecture");
  }
  if (differences.count() == 0) return {};
  const std::string more = differences.count() > kShown
                               ? fmt::format("; and {} more", differences.count() - kShown)
                               : "";
  return fail(ErrorCode::kModelMissing,
              fmt::format("{}: not the model that is due: {}{}; give the file of the right model",
                          printable_path(file.path()), differences.text(), more));
}

bool looks_like_diffusers(const TensorFile& file) {
  return std::ranges::any_of(file.tensors(), [](const TensorInfo& tensor) {
    const std::string_view name = tensor.name;
    return name.starts_with("transformer_blocks.") ||
           name.starts_with("single_transformer_blocks.") ||
           name.starts_with("encoder.down_blocks.") || name.starts_with("decoder.up_blocks.");
  });
}

}  // namespace pawfect
