#include "flux/clip_layout.h"

#include <fmt/format.h>

#include <cstdint>

#include "weights/printable.h"

namespace pawfect {
namespace {

constexpr int kHeadChannels = 64;
constexpr std::string_view kLinear[] = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                                        "self_attn.out_proj"};

int extent(const TensorFile& file, std::string_view name, std::size_t axis) {
  const TensorInfo* tensor = file.find(name);
  return tensor == nullptr || tensor->shape.size() <= axis ? 0 : int(tensor->shape[axis]);
}

}  // namespace

std::string ClipLayout::layer(int number, std::string_view part) const {
  return fmt::format("{}encoder.layers.{}.{}", prefix, number, part);
}

std::vector<ExpectedTensor> clip_tensors(const ClipLayout& layout) {
  const ClipSizes& s = layout.sizes;
  const std::int64_t width = s.width, wide = s.wide;
  std::vector<ExpectedTensor> tensors = {{layout.token_embedding(), {width, s.vocabulary}},
                                         {layout.position_embedding(), {width, s.positions}}};
  const auto add = [&](const std::string& name, std::vector<std::int64_t> weight,
                       std::int64_t bias) {
    tensors.push_back({name + ".weight", std::move(weight)});
    tensors.push_back({name + ".bias", {bias}});
  };
  for (int k = 0; k < s.layers; ++k) {
    add(layout.layer(k, "layer_norm1"), {width}, width);
    for (const std::string_view part : kLinear) add(layout.layer(k, part), {width, width}, width);
    add(layout.layer(k, "layer_norm2"), {width}, width);
    add(layout.layer(k, "mlp.fc1"), {width, wide}, wide);
    add(layout.layer(k, "mlp.fc2"), {wide, width}, width);
  }
  add(layout.final_norm(), {width}, width);
  return tensors;
}

Result<ClipLayout> read_clip_layout(const TensorFile& file) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: {}; take the text encoder of CLIP-L that FLUX.1 uses "
                            "(clip_l.safetensors)",
                            printable_path(file.path()), why));
  };
  ClipLayout layout;
  layout.prefix = "text_model.";
  if (file.find(layout.token_embedding()) == nullptr) layout.prefix.clear();
  const std::string first = layout.layer(0, "mlp.fc1.weight");
  if (file.find(layout.token_embedding()) == nullptr || file.find(first) == nullptr)
    return refuse("this is no CLIP text encoder: embeddings or first layer are missing");
  ClipSizes& s = layout.sizes;
  s.width = extent(file, layout.token_embedding(), 0);
  s.vocabulary = extent(file, layout.token_embedding(), 1);
  s.positions = extent(file, layout.position_embedding(), 1);
  s.wide = extent(file, first, 1);
  while (file.find(layout.layer(s.layers, "mlp.fc1.weight")) != nullptr) ++s.layers;
  if (s.width % kHeadChannels != 0) {
    return refuse(fmt::format("a CLIP text encoder {} wide does not divide into heads of {}",
                              s.width, kHeadChannels));
  }
  if (s.positions < 2)
    return refuse(fmt::format("{} positions, where start and end need 2", s.positions));
  s.heads = s.width / kHeadChannels;
  if (auto fits = check_shapes(file, clip_tensors(layout), ExtraPolicy::kIgnore); !fits)
    return std::unexpected(fits.error());
  return layout;
}

}  // namespace pawfect
