#include "flux/vae_sizes.h"

#include <fmt/format.h>

#include <string>

namespace pawfect {
namespace {

constexpr int kMaxLevels = 8;    // a latent cell of 128 pixels; FLUX has 4
constexpr int kMaxWidth = 8192;  // FLUX has 512

// Extent `axis` of a tensor, 0 when it is not there or out of reason.
int extent(const TensorFile& file, std::string_view name, std::size_t axis) {
  const TensorInfo* tensor = file.find(name);
  if (tensor == nullptr || tensor->shape.size() <= axis || tensor->shape[axis] > kMaxWidth)
    return 0;
  return int(tensor->shape[axis]);
}

// `levels` is "encoder.down" or "decoder.up".
VaeHalf read_half(const TensorFile& file, std::string_view half, std::string_view levels) {
  VaeHalf out;
  out.entry = extent(file, fmt::format("{}.conv_in.weight", half), 3);
  for (int level = 0; level < kMaxLevels; ++level) {
    const int width = extent(file, fmt::format("{}.{}.block.0.conv1.weight", levels, level), 3);
    if (width == 0) break;
    out.widths.push_back(width);
  }
  while (file.find(fmt::format("{}.0.block.{}.conv1.weight", levels, out.blocks)) != nullptr)
    ++out.blocks;
  return out;
}

class Table {
 public:
  explicit Table(std::vector<ExpectedTensor>& tensors) : tensors_(tensors) {}

  void norm(const std::string& name, std::int64_t width) {
    tensors_.push_back({name + ".weight", {width}});
    tensors_.push_back({name + ".bias", {width}});
  }
  void conv(const std::string& name, std::int64_t side, std::int64_t in, std::int64_t out) {
    tensors_.push_back({name + ".weight", {side, side, in, out}});
    tensors_.push_back({name + ".bias", {out}});
  }
  void block(const std::string& name, std::int64_t in, std::int64_t out) {
    norm(name + ".norm1", in);
    conv(name + ".conv1", 3, in, out);
    norm(name + ".norm2", out);
    conv(name + ".conv2", 3, out, out);
    if (in != out) conv(name + ".nin_shortcut", 1, in, out);
  }
  void middle(const std::string& name, std::int64_t width) {
    block(name + ".block_1", width, width);
    norm(name + ".attn_1.norm", width);
    for (const char* part : {"q", "k", "v", "proj_out"})
      conv(fmt::format("{}.attn_1.{}", name, part), 1, width, width);
    block(name + ".block_2", width, width);
  }

 private:
  std::vector<ExpectedTensor>& tensors_;
};

}  // namespace

std::vector<ExpectedTensor> vae_tensors(const VaeSizes& s) {
  std::vector<ExpectedTensor> tensors;
  Table table(tensors);
  const int last = s.levels() - 1;

  table.conv("encoder.conv_in", 3, kVaeImageChannels, s.encoder.entry);
  int width = s.encoder.entry;
  for (int level = 0; level <= last; ++level) {
    const std::string name = fmt::format("encoder.down.{}", level);
    for (int b = 0; b < s.encoder.blocks; ++b) {
      table.block(fmt::format("{}.block.{}", name, b), width, s.encoder.widths[level]);
      width = s.encoder.widths[level];
    }
    if (level < last) table.conv(name + ".downsample.conv", 3, width, width);
  }
  table.middle("encoder.mid", width);
  table.norm("encoder.norm_out", width);
  table.conv("encoder.conv_out", 3, width, 2 * s.latent);

  table.conv("decoder.conv_in", 3, s.latent, s.decoder.entry);
  width = s.decoder.entry;
  table.middle("decoder.mid", width);
  for (int level = last; level >= 0; --level) {
    const std::string name = fmt::format("decoder.up.{}", level);
    for (int b = 0; b < s.decoder.blocks; ++b) {
      table.block(fmt::format("{}.block.{}", name, b), width, s.decoder.widths[level]);
      width = s.decoder.widths[level];
    }
    if (level > 0) table.conv(name + ".upsample.conv", 3, width, width);
  }
  table.norm("decoder.norm_out", width);
  table.conv("decoder.conv_out", 3, width, kVaeImageChannels);
  return tensors;
}

Result<VaeSizes> read_vae_sizes(const TensorFile& file) {
  const auto refuse = [&](std::string why) {
    return fail(ErrorCode::kModelMissing, fmt::format("{}: {}", file.path().string(), why));
  };
  if (looks_like_diffusers(file)) {
    return refuse(
        "the tensors have the names of diffusers (encoder.down_blocks.*); take ae.safetensors of "
        "Black Forest Labs, which lies beside the transformer");
  }
  VaeSizes s;
  s.latent = extent(file, "decoder.conv_in.weight", 2);
  s.encoder = read_half(file, "encoder", "encoder.down");
  s.decoder = read_half(file, "decoder", "decoder.up");
  if (s.latent == 0 || s.encoder.entry == 0 || s.decoder.entry == 0 || s.encoder.widths.empty()) {
    return refuse(
        "this is no FLUX autoencoder: encoder.conv_in, encoder.down.0 or decoder.conv_in is "
        "missing; name the file of the autoencoder (ae.safetensors)");
  }
  if (s.encoder.widths.size() != s.decoder.widths.size()) {
    return refuse(
        fmt::format("the encoder has {} levels, the decoder {}; they do not belong "
                    "together, fetch the file again",
                    s.encoder.widths.size(), s.decoder.widths.size()));
  }
  for (const VaeHalf* half : {&s.encoder, &s.decoder}) {
    std::vector<int> widths = half->widths;
    widths.push_back(half->entry);
    for (const int width : widths) {
      if (width % kVaeGroups == 0) continue;
      return refuse(
          fmt::format("a level has {} channels, which {} groups do not divide; this is "
                      "no FLUX autoencoder, take ae.safetensors",
                      width, kVaeGroups));
    }
  }
  if (auto same = check_shapes(file, vae_tensors(s), ExtraPolicy::kRefuse); !same)
    return std::unexpected(same.error());
  return s;
}

}  // namespace pawfect
