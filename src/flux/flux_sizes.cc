#include "flux/flux_sizes.h"

#include <fmt/format.h>

#include <numeric>
#include <string>

namespace pawfect {
namespace {

// Extent `axis` of a tensor, 0 when it is not there.
int extent(const TensorFile& file, std::string_view name, std::size_t axis) {
  const TensorInfo* tensor = file.find(name);
  return tensor == nullptr || tensor->shape.size() <= axis ? 0 : int(tensor->shape[axis]);
}

int count_blocks(const TensorFile& file, std::string_view family, std::string_view of) {
  int count = 0;
  while (file.find(fmt::format("{}.{}.{}", family, count, of)) != nullptr) ++count;
  return count;
}

class Table {
 public:
  explicit Table(std::vector<ExpectedTensor>& tensors) : tensors_(tensors) {}

  void linear(const std::string& name, std::int64_t in, std::int64_t out) {
    tensors_.push_back({name + ".weight", {in, out}});
    tensors_.push_back({name + ".bias", {out}});
  }
  void embedder(const std::string& name, std::int64_t in, std::int64_t hidden) {
    linear(name + ".in_layer", in, hidden);
    linear(name + ".out_layer", hidden, hidden);
  }
  void norms(const std::string& name, std::int64_t head_dim) {
    tensors_.push_back({name + ".query_norm.scale", {head_dim}});
    tensors_.push_back({name + ".key_norm.scale", {head_dim}});
  }

 private:
  std::vector<ExpectedTensor>& tensors_;
};

}  // namespace

std::vector<ExpectedTensor> flux_tensors(const FluxSizes& s) {
  std::vector<ExpectedTensor> tensors;
  Table table(tensors);
  const std::int64_t h = s.hidden;
  table.linear("img_in", s.in_channels, h);
  table.linear("txt_in", s.context, h);
  table.embedder("time_in", kWaveChannels, h);
  table.embedder("vector_in", s.vector, h);
  if (s.has_guidance) table.embedder("guidance_in", kWaveChannels, h);
  for (int k = 0; k < s.double_blocks; ++k) {
    for (const char* stream : {"img", "txt"}) {
      const std::string block = fmt::format("double_blocks.{}.{}", k, stream);
      table.linear(block + "_mod.lin", h, 6 * h);
      table.linear(block + "_attn.qkv", h, 3 * h);
      table.norms(block + "_attn.norm", s.head_dim);
      table.linear(block + "_attn.proj", h, h);
      table.linear(block + "_mlp.0", h, s.mlp);
      table.linear(block + "_mlp.2", s.mlp, h);
    }
  }
  for (int k = 0; k < s.single_blocks; ++k) {
    const std::string block = fmt::format("single_blocks.{}", k);
    table.linear(block + ".modulation.lin", h, 3 * h);
    table.linear(block + ".linear1", h, 3 * h + s.mlp);
    table.norms(block + ".norm", s.head_dim);
    table.linear(block + ".linear2", h + s.mlp, h);
  }
  table.linear("final_layer.adaLN_modulation.1", h, 2 * h);
  table.linear("final_layer.linear", h, s.out_channels);
  return tensors;
}

Result<FluxSizes> read_flux_sizes(const TensorFile& file) {
  const std::string path = file.path().string();
  const auto refuse = [&](std::string why) {
    return fail(ErrorCode::kModelMissing, fmt::format("{}: {}", path, why));
  };
  if (looks_like_diffusers(file)) {
    return refuse(
        "the tensors have the names of diffusers (transformer_blocks.*); take the file with the "
        "names "
        "of Black Forest Labs: flux1-fill-dev.safetensors, or a GGUF made of it");
  }
  FluxSizes s;
  s.in_channels = extent(file, "img_in.weight", 0);
  s.hidden = extent(file, "img_in.weight", 1);
  s.head_dim = extent(file, "double_blocks.0.img_attn.norm.query_norm.scale", 0);
  if (s.hidden == 0 || s.head_dim == 0) {
    return refuse(
        "this is no FLUX transformer: img_in and double_blocks.0 are missing; name the file "
        "of the transformer (flux1-fill-dev-*.gguf)");
  }
  s.heads = s.hidden / s.head_dim;
  s.double_blocks = count_blocks(file, "double_blocks", "img_attn.qkv.weight");
  s.single_blocks = count_blocks(file, "single_blocks", "linear1.weight");
  s.out_channels = extent(file, "final_layer.linear.weight", 1);
  s.context = extent(file, "txt_in.weight", 0);
  s.vector = extent(file, "vector_in.in_layer.weight", 0);
  s.mlp = extent(file, "double_blocks.0.img_mlp.0.weight", 1);
  s.has_guidance = file.find("guidance_in.in_layer.weight") != nullptr;
  if (s.in_channels == s.out_channels && s.in_channels > 0) {
    return refuse(
        fmt::format("this is a plain FLUX.1 model ({} input channels), which cannot fill a "
                    "hole; take FLUX.1-Fill-dev (384 input channels)",
                    s.in_channels));
  }
  const int due = 2 * s.out_channels + 256;  // latent, masked latent, 8x8 mask of a 2x2 patch
  if (s.in_channels != due) {
    return refuse(
        fmt::format("the transformer takes {} channels a token, a Fill model takes {}; it is "
                    "another member of the FLUX family (Canny, Depth, Kontext …)",
                    s.in_channels, due));
  }
  const int rotated = std::accumulate(std::begin(kRopeAxes), std::end(kRopeAxes), 0);
  if (s.head_dim != rotated || s.hidden % s.head_dim != 0) {
    return refuse(fmt::format("heads of {} channels in a width of {}; FLUX has heads of {}",
                              s.head_dim, s.hidden, rotated));
  }
  if (auto same = check_shapes(file, flux_tensors(s), ExtraPolicy::kRefuse); !same)
    return std::unexpected(same.error());
  return s;
}

}  // namespace pawfect
