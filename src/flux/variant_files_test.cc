#include "flux/variant_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "flux/text_test_files.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;

using testing::made_t5;
using testing::made_weights;
using testing::TestFolder;

constexpr const char* kTransformer = "flux1-fill-tiny-Q4_0.gguf";
constexpr const char* kT5 = "t5-tiny-encoder-Q8_0.gguf";

class VariantFiles : public ::testing::Test {
 protected:
  // A file of the fixture under another name.
  void put(const std::string& file, const std::string& name) {
    fs::create_symlink(fixture_dir() / file, folder_.path(name));
  }
  // All four parts, the transformer under that name.
  void put_all(const std::string& transformer) {
    put(kTransformer, transformer);
    put(kT5, "t5.gguf");
    put("clip_l.safetensors", "clip.safetensors");
    put("ae.safetensors", "vae.safetensors");
  }
  Result<FluxFiles> files(std::string_view variant) {
    return files_of(manifest_, **manifest_.find(variant), folder_.path(""));
  }
  Result<ChosenVariant> choose(std::string_view asked) {
    return choose_variant(manifest_, asked, folder_.path(""));
  }

  TestFolder folder_;
  Manifest manifest_ = Manifest::built_in().value();
};

void expect_refused(const auto& result, std::initializer_list<const char*> words) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kModelMissing);
  for (const char* word : words)
    EXPECT_NE(result.error().message.find(word), std::string::npos) << result.error().message;
}

TEST_F(VariantFiles, AreThoseWithTheManifestsNames) {
  put_all("flux1-fill-dev-Q8_0.gguf");
  put(kTransformer, "another-Q8_0.gguf");
  put(kT5, "t5-v1_1-xxl-encoder-Q5_K_M.gguf");
  const auto found = files("q8_0");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->transformer.filename(), "flux1-fill-dev-Q8_0.gguf");
  EXPECT_EQ(found->t5.filename(), "t5-v1_1-xxl-encoder-Q5_K_M.gguf");
  EXPECT_EQ(found->clip.filename(), "clip.safetensors");
  EXPECT_EQ(found->vae.filename(), "vae.safetensors");
}

TEST_F(VariantFiles, AreFoundByAPartOfTheirName) {
  put_all("Mine-Q5_k_M.gguf");
  put(kTransformer, "mine-q4_0.gguf");
  const auto found = files("q5_k_m");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->transformer.filename(), "Mine-Q5_k_M.gguf");
}

TEST_F(VariantFiles, AreFoundByTheirTypeWhateverTheyAreCalled) {
  put_all("model.gguf");
  const auto found = files("q4_0");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->transformer.filename(), "model.gguf");
}

TEST_F(VariantFiles, AreMissingWithWhatIsThereAndWhatToFetch) {
  put_all("model.gguf");
  expect_refused(files("q8_0"), {"no FLUX transformer of variant flux-q8_0", "there is model.gguf",
                                 "fetch flux1-fill-dev-Q8_0.gguf from huggingface.co"});
  fs::remove(folder_.path("vae.safetensors"));
  expect_refused(files("q4_0"), {"no picture autoencoder", "there is none", "ae.safetensors"});
}

TEST_F(VariantFiles, AreNotGuessedAmongSeveral) {
  put_all("one-Q4_0.gguf");
  put(kTransformer, "two-q4_0.gguf");
  expect_refused(files("q4_0"), {"2 files", "one-Q4_0.gguf, two-q4_0.gguf"});
}

TEST_F(VariantFiles, ATruncatedDownloadIsNotPassedOver) {
  put_all("model.gguf");
  const std::string whole = testing::read_all(fixture_dir() / kTransformer);
  folder_.write("flux1-fill-dev-Q4_0.gguf", whole.substr(0, whole.size() / 2));
  expect_refused(files("q4_0"), {"flux1-fill-dev-Q4_0.gguf"});
  folder_.write("flux1-fill-dev-Q5_K_M.gguf", whole.substr(0, whole.size() / 2));
  expect_refused(choose(""), {"flux1-fill-dev-Q5_K_M.gguf"});
}

TEST_F(VariantFiles, TheOnlyTransformerIsTakenWhenNobodyAsked) {
  put_all("model.gguf");
  const auto chosen = choose("");
  ASSERT_TRUE(chosen) << chosen.error().message;
  EXPECT_EQ(chosen->variant->name, "flux-q4_0");
  EXPECT_EQ(chosen->files.transformer.filename(), "model.gguf");
  expect_refused(choose("flux-q5_k_m"), {"no FLUX transformer of variant flux-q5_k_m"});
  put(kTransformer, "second.gguf");
  expect_refused(choose(""),
                 {"no FLUX transformer of variant flux-q5_k_m", "model.gguf, second.gguf"});
}

TEST_F(VariantFiles, TheDefaultIsTakenAmongSeveralWhenNobodyAsked) {
  put_all("model-q5_k_m.gguf");
  put(kTransformer, "model-q4_0.gguf");
  const auto chosen = choose("");
  ASSERT_TRUE(chosen) << chosen.error().message;
  EXPECT_EQ(chosen->variant->name, "flux-q5_k_m");
  EXPECT_EQ(chosen->files.transformer.filename(), "model-q5_k_m.gguf");
}

TEST_F(VariantFiles, TextureNeedsNone) {
  const auto chosen = choose_variant(manifest_, "texture", "/there/is/no/such/folder");
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->variant->name, "texture");
  EXPECT_TRUE(chosen->files.transformer.empty());
}

TEST_F(VariantFiles, OfTheFixtureFitTogether) {
  put_all("model.gguf");
  const auto sizes = read_model_sizes(files("q4_0").value());
  ASSERT_TRUE(sizes) << sizes.error().message;
  EXPECT_EQ(sizes->t5.width, sizes->transformer.context);
  EXPECT_EQ(sizes->clip.width, sizes->transformer.vector);
}

TEST_F(VariantFiles, OfATextEncoderOfAnotherWidthAreRefused) {
  put_all("model.gguf");
  fs::remove(folder_.path("t5.gguf"));
  auto narrow = made_t5();  // 64 wide
  folder_.write("t5.safetensors", made_weights(narrow));
  const auto found = files("q4_0");
  ASSERT_TRUE(found) << found.error().message;
  const auto sizes = read_model_sizes(*found);
  expect_refused(sizes, {"t5.safetensors: gives rows of width 64", "model.gguf takes"});
}

TEST_F(VariantFiles, OfAPlainFluxAreRefused) {
  put_all("model.gguf");
  fs::remove(folder_.path("model.gguf"));
  folder_.write("flux1-dev-Q4_0.safetensors",
                made_weights({{"img_in.weight", {{128, 64}}},
                              {"double_blocks.0.img_attn.qkv.weight", {{384, 128}}},
                              {"double_blocks.0.img_attn.norm.query_norm.scale", {{128}}},
                              {"final_layer.linear.weight", {{64, 128}}}}));
  const auto found = files("q4_0");
  ASSERT_TRUE(found) << found.error().message;
  expect_refused(read_model_sizes(*found), {"plain FLUX.1 model (64 input channels)", "Fill-dev"});
}

}  // namespace
}  // namespace pawfect
