#include "models/quantize_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string>

#include "flux/weight_kind.h"
#include "weights/printable.h"

// Sources of the rules: city96/ComfyUI-GGUF, tools/convert.py and lcpp.patch (transformer);
// llama.cpp, src/llama-quant.cpp (T5 and general.file_type, include/llama.h).

namespace pawfect {
namespace {

constexpr std::array kTypes = {
    QuantizeType{"F16", TensorType::kF16, TensorType::kF16, 1},
    QuantizeType{"Q4_0", TensorType::kQ4_0, TensorType::kQ4_0, 2},
    QuantizeType{"Q4_1", TensorType::kQ4_1, TensorType::kQ4_1, 3},
    QuantizeType{"Q5_0", TensorType::kQ5_0, TensorType::kQ5_0, 8},
    QuantizeType{"Q5_1", TensorType::kQ5_1, TensorType::kQ5_1, 9},
    QuantizeType{"Q8_0", TensorType::kQ8_0, TensorType::kQ8_0, 7},
    QuantizeType{"Q4_K", TensorType::kQ4_K, TensorType::kQ4_K, 14},
    QuantizeType{"Q5_K", TensorType::kQ5_K, TensorType::kQ5_K, 16},
    QuantizeType{"Q6_K", TensorType::kQ6_K, TensorType::kQ6_K, 18},
    QuantizeType{"Q4_K_M", TensorType::kQ4_K, TensorType::kQ5_K, 15},
    QuantizeType{"Q5_K_M", TensorType::kQ5_K, TensorType::kQ6_K, 17},
};

constexpr std::uint64_t kSmall = 1024;  // elements up to which a tensor stays F32
constexpr std::array<std::string_view, 6> kEmbedders = {
    "img_in.", "txt_in.", "time_in.", "vector_in.", "guidance_in.", "final_layer."};

bool same_letters(char a, char b) {
  return std::toupper(static_cast<unsigned char>(a)) == std::toupper(static_cast<unsigned char>(b));
}

bool is_vector(const TensorInfo& tensor) {
  return std::ranges::count_if(tensor.shape, [](std::int64_t extent) { return extent > 1; }) <= 1;
}

bool is_never_quantised(std::string_view name, ModelPart part) {
  if (part == ModelPart::kT5) return name.find("attn_rel_b") != std::string_view::npos;
  return std::ranges::any_of(kEmbedders,
                             [&](std::string_view start) { return name.starts_with(start); });
}

// The layer of "enc.blk.N.…"; -1 for other names.
int t5_layer(std::string_view name) {
  constexpr std::string_view kStart = "enc.blk.";
  int layer = -1;
  if (name.starts_with(kStart))
    std::from_chars(name.data() + kStart.size(), name.data() + name.size(), layer);
  return layer;
}

int t5_layers(const TensorFile& source) {
  int most = -1;
  for (const TensorInfo& tensor : source.tensors()) most = std::max(most, t5_layer(tensor.name));
  return most + 1;
}

// llama.cpp's choice of the layers that get more bits: the first and last eighth, and every third.
bool gets_more_bits(int layer, int layers) {
  return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
}

// What a matrix that is quantised gets, the length of its rows aside.
TensorType wanted_type(std::string_view name, ModelPart part, const QuantizeType& wish,
                       int layers) {
  if (!wish.is_mix()) return wish.base;
  if (part == ModelPart::kTransformer)
    return name.find("attn.qkv.weight") != std::string_view::npos ? wish.finer : wish.base;
  if (name.starts_with("token_embd.")) return TensorType::kQ6_K;
  const bool is_delicate = name.find("attn_v.") != std::string_view::npos ||
                           name.find("ffn_down.") != std::string_view::npos;
  return is_delicate && gets_more_bits(t5_layer(name), layers) ? TensorType::kQ6_K : wish.base;
}

TensorType planned_type(const TensorInfo& tensor, ModelPart part, const QuantizeType& wish,
                        int layers) {
  if (is_vector(tensor) || element_count(tensor.shape).value_or(0) <= kSmall)
    return TensorType::kF32;
  // Asked for F16 everything becomes F16; otherwise what is not quantised keeps BF16's range.
  const bool keeps_bf16 = tensor.type == TensorType::kBF16 && wish.base != TensorType::kF16;
  const TensorType half = keeps_bf16 ? TensorType::kBF16 : TensorType::kF16;
  if (is_never_quantised(tensor.name, part)) return half;
  const TensorType wanted = wanted_type(tensor.name, part, wish, layers);
  return tensor.shape.front() % block_size(wanted) == 0 ? wanted : half;
}

}  // namespace

std::span<const QuantizeType> quantize_types() { return kTypes; }

Result<QuantizeType> quantize_type_by_name(std::string_view name) {
  std::string all;
  for (const QuantizeType& type : kTypes) {
    if (std::ranges::equal(name, type.name, same_letters)) return type;
    all += fmt::format("{}{}", all.empty() ? "" : ", ", type.name);
  }
  return fail(ErrorCode::kUsage,
              fmt::format("--type: found '{}'; give one of {}", printable_name(name), all));
}

Result<std::vector<TensorType>> plan_types(const TensorFile& source, ModelPart part,
                                           const QuantizeType& wish) {
  const int layers = t5_layers(source);
  std::vector<TensorType> types;
  types.reserve(source.tensors().size());
  for (const TensorInfo& tensor : source.tensors()) {
    if (is_quantised(tensor.type)) {
      return fail(ErrorCode::kModelMissing,
                  fmt::format("{}: is quantised already (tensor '{}' is {}), and quantising twice "
                              "loses more than either type alone; give the F16, BF16 or F32 file",
                              printable_path(source.path()), tensor.name, type_name(tensor.type)));
    }
    if (tensor.type != TensorType::kF16 && tensor.type != TensorType::kBF16 &&
        tensor.type != TensorType::kF32) {
      return fail(ErrorCode::kModelMissing,
                  fmt::format("{}: tensor '{}' is {} where F16, BF16 or F32 is due; give the F16, "
                              "BF16 or F32 file",
                              printable_path(source.path()), tensor.name, type_name(tensor.type)));
    }
    types.push_back(planned_type(tensor, part, wish, layers));
  }
  return types;
}

}  // namespace pawfect
