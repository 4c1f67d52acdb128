#include "flux/weight_kind.h"

#include <algorithm>

namespace pawfect {

std::map<TensorType, TypeShare> type_shares(const TensorFile& file) {
  std::map<TensorType, TypeShare> shares;
  for (const TensorInfo& tensor : file.tensors()) {
    TypeShare& share = shares[tensor.type];
    share.tensors += 1;
    share.elements += element_count(tensor.shape).value_or(0);
    share.bytes += tensor.bytes;
  }
  return shares;
}

TensorType main_type(const TensorFile& file) {
  std::map<TensorType, std::uint64_t> elements;
  for (const TensorInfo& tensor : file.tensors()) {
    if (tensor.shape.size() >= 2) elements[tensor.type] += element_count(tensor.shape).value_or(0);
  }
  const auto most = std::ranges::max_element(
      elements, {}, [](const auto& type_and_count) { return type_and_count.second; });
  return most == elements.end() ? TensorType::kF32 : most->first;
}

bool is_quantised(TensorType type) { return block_size(type) > 1; }

}  // namespace pawfect
