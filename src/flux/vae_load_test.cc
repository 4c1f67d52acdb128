#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "flux/vae_test_files.h"

namespace pawfect {
namespace {

using testing::open_fixture;
using testing::relative_error;
using testing::VaeCase;
using testing::VaeFixture;

// A safetensors in its two parts, to be changed and written again.
struct Parts {
  nlohmann::json header;
  std::string data;
};

Parts read_parts() {
  std::ifstream in(fixture_dir() / "ae.safetensors", std::ios::binary);
  std::uint64_t size = 0;
  in.read(reinterpret_cast<char*>(&size), sizeof(size));
  std::string json(size, ' ');
  in.read(json.data(), std::streamsize(size));
  return {nlohmann::json::parse(json), {std::istreambuf_iterator<char>(in), {}}};
}

class VaeLoad : public ::testing::Test {
 protected:
  VaeLoad() {
    std::string pattern = (std::filesystem::temp_directory_path() / "vae.XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
    folder_ = pattern;
  }
  ~VaeLoad() override { std::filesystem::remove_all(folder_); }

  TensorFile write(const Parts& parts) const {
    const std::string json = parts.header.dump();
    const std::uint64_t size = json.size();
    {
      std::ofstream out(folder_ / "ae.safetensors", std::ios::binary);
      out.write(reinterpret_cast<const char*>(&size), sizeof(size)) << json << parts.data;
    }
    return TensorFile::open(folder_ / "ae.safetensors").value();
  }

  // What loading the changed file says.
  std::string refusal(const std::function<void(nlohmann::json&)>& change) const {
    Parts parts = read_parts();
    change(parts.header);
    const TensorFile file = write(parts);
    const auto sizes = read_vae_sizes(file);
    if (sizes) return "accepted";
    EXPECT_EQ(sizes.error().code, ErrorCode::kModelMissing);
    EXPECT_NE(sizes.error().message.find("ae.safetensors"), std::string::npos);
    return sizes.error().message;
  }

  std::filesystem::path folder_;
};

void rename(nlohmann::json& header, const std::string& from, const std::string& to) {
  nlohmann::json out;
  for (const auto& [name, value] : header.items())
    out[name.starts_with(from) ? to + name.substr(from.size()) : name] = value;
  header = out;
}

TEST_F(VaeLoad, ReadsItsSizesFromTheShapes) {
  const TensorFile file = TensorFile::open(fixture_dir() / "ae.safetensors").value();
  const auto sizes = read_vae_sizes(file);
  ASSERT_TRUE(sizes) << sizes.error().message;
  EXPECT_EQ(sizes->latent, 16);
  EXPECT_EQ(sizes->scale(), 8);
  EXPECT_EQ(sizes->encoder.blocks + 1, sizes->decoder.blocks);
  EXPECT_EQ(sizes->encoder.widths, sizes->decoder.widths);
  EXPECT_EQ(vae_tensors(*sizes).size(), file.tensors().size());
}

TEST_F(VaeLoad, SendsDiffusersNamesToTheFileThatFits) {
  const std::string said = refusal([](nlohmann::json& header) {
    rename(header, "encoder.down.0.block", "encoder.down_blocks.0.resnets");
  });
  EXPECT_NE(said.find("diffusers"), std::string::npos) << said;
  EXPECT_NE(said.find("ae.safetensors of Black Forest Labs"), std::string::npos) << said;
}

TEST_F(VaeLoad, RefusesAFileOfAnotherModel) {
  const std::string said = refusal([](nlohmann::json& header) {
    rename(header, "encoder.", "text_model.");
    rename(header, "decoder.", "vision_model.");
  });
  EXPECT_NE(said.find("no FLUX autoencoder"), std::string::npos) << said;
}

TEST_F(VaeLoad, NamesAMissingTensor) {
  const std::string said = refusal([](nlohmann::json& header) {
    rename(header, "decoder.mid.attn_1.q.bias", "decoder.mid.attn_1.q.offset");
  });
  EXPECT_NE(said.find("decoder.mid.attn_1.q.bias"), std::string::npos) << said;
  EXPECT_NE(said.find("decoder.mid.attn_1.q.offset"), std::string::npos) << said;
}

TEST_F(VaeLoad, RefusesATensorThatChangesTheModel) {
  // Stable Diffusion's autoencoders have this one more convolution.
  const std::string said = refusal([](nlohmann::json& header) {
    header["quant_conv.weight"] = header["encoder.conv_out.weight"];
    header.erase("encoder.conv_out.weight");
  });
  EXPECT_NE(said.find("quant_conv.weight"), std::string::npos) << said;
}

TEST_F(VaeLoad, RefusesHalvesOfDifferentDepth) {
  const std::string said = refusal(
      [](nlohmann::json& header) { rename(header, "decoder.up.3.block", "decoder.up.9.block"); });
  EXPECT_NE(said.find("4 levels, the decoder 3"), std::string::npos) << said;
}

TEST_F(VaeLoad, RefusesWidthsThatTheGroupsDoNotDivide) {
  const std::string said = refusal([](nlohmann::json& header) {
    auto& shape = header["encoder.down.0.block.0.conv1.weight"]["shape"];
    shape = {16, 64, 3, 3};
  });
  EXPECT_NE(said.find("16 channels"), std::string::npos) << said;
}

TEST_F(VaeLoad, TakesAFileInBf16) {
  Parts parts = read_parts();
  Parts half = {nlohmann::json::object(), {}};
  for (auto& [name, entry] : parts.header.items()) {
    if (name == "__metadata__") continue;
    const std::size_t from = entry["data_offsets"][0], to = entry["data_offsets"][1];
    const std::size_t start = half.data.size();
    // The upper half of an F32, little endian.
    for (std::size_t at = from; at < to; at += 4) half.data += parts.data.substr(at + 2, 2);
    half.header[name] = {
        {"dtype", "BF16"}, {"shape", entry["shape"]}, {"data_offsets", {start, half.data.size()}}};
  }
  const TensorFile file = write(half);
  VaeFixture fixture = open_fixture();
  auto vae = Vae::load(*fixture.device, file);
  ASSERT_TRUE(vae) << vae.error().message;
  const VaeCase c = fixture.cases().front();
  const auto exact = fixture.vae.encode(c.image, c.width, c.height);
  const auto rounded = vae->encode(c.image, c.width, c.height);
  ASSERT_TRUE(exact && rounded);
  // Weights with 8 bits of mantissa, cut.
  EXPECT_LT(relative_error(rounded->mean, exact->mean), 5e-2);
  EXPECT_GT(relative_error(rounded->mean, exact->mean), 1e-5);
}

}  // namespace
}  // namespace pawfect
