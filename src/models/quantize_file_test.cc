#include "models/quantize_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "models/made_models.h"
#include "weights/gguf_writer.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::made_flux, testing::made_gguf, testing::made_safetensors, testing::made_t5;
using testing::TestFolder;

Result<QuantizeSummary> quantized(const fs::path& in, const fs::path& out, std::string_view type,
                                  int threads = 2, const JobControl& control = {}) {
  return quantize_file(
      {.in = in, .out = out, .type = quantize_type_by_name(type).value(), .threads = threads},
      control);
}

std::string text_of(const TensorFile& file, const TensorInfo& tensor) {
  const auto bytes = file.data(tensor);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(QuantizeFile, ATransformerIsStillOneAndSaysWhatItIsNow) {
  const TestFolder folder;
  const auto in =
      folder.write("in.gguf", made_gguf(made_flux(), TensorType::kF16,
                                        {gguf_number_pair("general.file_type", 1),
                                         gguf_text_pair("general.architecture", "flux"),
                                         gguf_number_pair("general.alignment", 32),
                                         gguf_text_pair("general.license", "of the test")}));
  const auto done = quantized(in, folder.path("out.gguf"), "Q8_0");
  ASSERT_TRUE(done) << done.error().message;
  const auto file = TensorFile::open(folder.path("out.gguf"));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_TRUE(read_flux_sizes(*file));
  EXPECT_EQ(done->part, ModelPart::kTransformer);
  EXPECT_EQ(done->bytes_out, file->size());
  EXPECT_LT(file->size(), fs::file_size(in));

  EXPECT_EQ(file->metadata().text("general.license").value(), "of the test");
  EXPECT_EQ(file->metadata().integer("general.file_type").value(), 7);
  EXPECT_EQ(file->metadata().integer("general.quantization_version").value(), 2);
  EXPECT_EQ(file->metadata().values().size(), 4U);

  // Vectors are the source's numbers, exactly.
  const TensorInfo* bias = file->find("img_in.bias");
  ASSERT_EQ(bias->type, TensorType::kF32);
  EXPECT_EQ(text_of(*file, *bias),
            testing::made_bytes({"img_in.bias", bias->shape}, TensorType::kF32));
  EXPECT_EQ(file->find("single_blocks.0.linear1.weight")->type, TensorType::kQ8_0);
}

TEST(QuantizeFile, TheNumberOfThreadsAndTheFormOfTheSourceDoNotMatter) {
  const TestFolder folder;
  const auto tensors = made_flux();
  std::vector<fs::path> sources = {
      folder.write("plain.safetensors", made_safetensors(tensors, TensorType::kF16)),
      folder.write("prefix.safetensors",
                   made_safetensors(tensors, TensorType::kF16, "model.diffusion_model.")),
      folder.write("wide.safetensors", made_safetensors(tensors, TensorType::kF32))};
  std::vector<std::string> results;
  for (const fs::path& source : sources) {
    for (const int threads : {1, 3}) {
      const auto done = quantized(source, folder.path("out.gguf"), "Q5_K_M", threads);
      ASSERT_TRUE(done) << done.error().message;
      results.push_back(testing::read_all(folder.path("out.gguf")));
    }
  }
  for (const std::string& result : results) EXPECT_TRUE(result == results.front());
  const auto file = TensorFile::open(folder.path("out.gguf"));
  EXPECT_EQ(file->metadata().text("general.architecture").value(), "flux");
  EXPECT_EQ(file->metadata().integer("general.file_type").value(), 17);
}

TEST(QuantizeFile, AT5KeepsItsVocabulary) {
  const TestFolder folder;
  const std::string pieces =
      testing::u32(8) + testing::u64(2) + testing::gguf_text("<pad>") + testing::gguf_text("cat");
  const std::string scores = testing::u32(6) + testing::u64(1) + testing::little_endian(0.5F);
  const std::vector<std::string> pairs = {
      gguf_text_pair("general.architecture", "t5encoder"),
      testing::gguf_pair("tokenizer.ggml.tokens", 9, pieces),
      testing::gguf_pair("tokenizer.ggml.scores", 9, scores),
      testing::gguf_pair("tokenizer.ggml.add_eos_token", 7, std::string(1, '\x01'))};
  const auto in = folder.write("in.gguf", made_gguf(made_t5(1), TensorType::kF16, pairs));
  const auto done = quantized(in, folder.path("out.gguf"), "Q4_0");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->part, ModelPart::kT5);
  const auto file = TensorFile::open(folder.path("out.gguf"));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_TRUE(read_t5_layout(*file));
  ASSERT_EQ(file->stored_pairs().size(), pairs.size() + 2);
  for (std::size_t k = 0; k < pairs.size(); ++k) {
    const auto bytes = file->stored_pairs()[k].bytes;
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), pairs[k]);
  }
}

TEST(QuantizeFile, ProgressRunsToTheEndAndNeverFalls) {
  const TestFolder folder;
  const auto in = folder.write("in.gguf", made_gguf(made_flux(), TensorType::kF16));
  std::vector<double> fractions;
  const JobControl control{
      .progress = [&](std::string_view, double fraction) { fractions.push_back(fraction); },
      .stop = {}};
  ASSERT_TRUE(quantized(in, folder.path("out.gguf"), "Q4_0", 1, control));
  EXPECT_TRUE(std::ranges::is_sorted(fractions));
  EXPECT_GT(fractions.size(), 40U);
  EXPECT_DOUBLE_EQ(fractions.back(), 1);
}

TEST(QuantizeFile, ACancelledOneLeavesTheFolderAsItWas) {
  const TestFolder folder;
  const auto in = folder.write("in.gguf", made_gguf(made_flux(), TensorType::kF16));
  folder.write("out.gguf", "older");
  std::stop_source stop;
  const JobControl control{.progress = [&](std::string_view, double) { stop.request_stop(); },
                           .stop = stop.get_token()};
  const auto done = quantized(in, folder.path("out.gguf"), "Q5_K", 2, control);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(testing::read_all(folder.path("out.gguf")), "older");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path("")), fs::directory_iterator()), 2);
}

TEST(QuantizeFile, ASourceThatIsCutWhileItIsReadIsNotBelieved) {
  const TestFolder folder;
  const auto in = folder.write("in.gguf", made_gguf(made_flux(), TensorType::kF16));
  const JobControl control{
      .progress = [&](std::string_view, double) { fs::resize_file(in, 100'000); }, .stop = {}};
  const auto done = quantized(in, folder.path("out.gguf"), "Q4_0", 1, control);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kModelMissing);
  EXPECT_THAT(done.error().message, HasSubstr("was cut"));
  EXPECT_FALSE(fs::exists(folder.path("out.gguf")));
}

TEST(QuantizeFile, RefusesWhatItCannotDoInOneLine) {
  const TestFolder folder;
  const auto flux = made_flux();
  auto part = flux;
  part.pop_back();
  auto plain = flux;  // FLUX.1-dev has 64 input channels
  plain.front().shape = {64, 256};
  const auto in = folder.write("in.gguf", made_gguf(flux, TensorType::kF16));
  ASSERT_TRUE(quantized(in, folder.path("small.gguf"), "Q4_0"));
  fs::create_symlink(in, folder.path("link.gguf"));

  struct Case {
    fs::path in, out;
    ErrorCode code;
    const char* words;
  };
  const fs::path out = folder.path("out.gguf");
  const Case cases[] = {
      {in, in, ErrorCode::kUsage, "is the file that is read"},
      {in, folder.path("link.gguf"), ErrorCode::kUsage, "is the file that is read"},
      {in, folder.path("out.safetensors"), ErrorCode::kUsage, "ends with .gguf"},
      {in, folder.path("none/out.gguf"), ErrorCode::kBadInput, "folder does not exist"},
      {folder.path("none.gguf"), out, ErrorCode::kModelMissing, "cannot be read"},
      {folder.path("small.gguf"), out, ErrorCode::kModelMissing, "quantised already"},
      {folder.write("text.gguf", "hello"), out, ErrorCode::kModelMissing, "neither GGUF nor"},
      {folder.write("part.gguf", made_gguf(part, TensorType::kF16)), out, ErrorCode::kModelMissing,
       "final_layer.linear.bias"},
      {folder.write("dev.gguf", made_gguf(plain, TensorType::kF16)), out, ErrorCode::kModelMissing,
       "plain FLUX.1"},
      {folder.write("clip.safetensors",
                    made_safetensors({{"text_model.embeddings.token_embedding.weight", {8, 8}}},
                                     TensorType::kF16)),
       out, ErrorCode::kModelMissing, "is a CLIP text encoder"},
      {folder.write("other.safetensors", made_safetensors({{"a", {8, 8}}}, TensorType::kF16)), out,
       ErrorCode::kModelMissing, "no part of FLUX.1-Fill"},
  };
  for (const Case& c : cases) {
    const auto done = quantized(c.in, c.out, "Q8_0");
    ASSERT_FALSE(done) << c.words;
    EXPECT_EQ(done.error().code, c.code) << done.error().message;
    EXPECT_THAT(done.error().message, HasSubstr(c.words));
    EXPECT_EQ(done.error().message.find('\n'), std::string::npos);
    EXPECT_FALSE(fs::exists(out));
  }
}

}  // namespace
}  // namespace pawfect
