#include "flux/variants.h"

#include <gtest/gtest.h>

#include <string>

#include "flux/variant_json.h"
#include "weights/test_files.h"

namespace pawfect {
namespace {

using testing::TestFolder;

// Reads `text` over the built-in manifest from a folder.
Result<Manifest> read(std::string_view text) {
  const TestFolder folder;
  folder.write(Manifest::kFileName, text);
  return Manifest::read(folder.path(""));
}

TEST(Manifest, HasTheVariantsOfTheProgram) {
  const auto manifest = Manifest::built_in();
  ASSERT_TRUE(manifest) << manifest.error().message;
  for (const char* name : {"flux-q4_0", "flux-q5_k_m", "flux-q8_0", "flux-bf16"}) {
    const auto variant = manifest->find(name);
    ASSERT_TRUE(variant) << name;
    EXPECT_TRUE((*variant)->has_weights());
    EXPECT_EQ((*variant)->defaults.steps, 20);
    EXPECT_EQ((*variant)->defaults.guidance, 30);
    EXPECT_EQ((*variant)->defaults.t5_length, 128);
    EXPECT_EQ((*variant)->defaults.smallest, 512);
    EXPECT_EQ((*variant)->defaults.largest, 1024);
    for (const auto* names :
         {&(*variant)->transformer, &(*variant)->t5, &(*variant)->clip, &(*variant)->vae}) {
      ASSERT_FALSE(names->empty()) << name;
      for (const std::string& file : *names) EXPECT_NE(manifest->file(file), nullptr) << file;
    }
  }
  EXPECT_EQ(manifest->default_variant().name, "flux-q5_k_m");
  EXPECT_EQ((*manifest->find("flux-q5_k_m"))->weights, TensorType::kQ5_K);
  EXPECT_FALSE((*manifest->find("texture"))->has_weights());
}

TEST(Manifest, FindsAVariantByItsShortNameAndInAnyCase) {
  const auto manifest = Manifest::built_in().value();
  EXPECT_EQ((*manifest.find("q4_0"))->name, "flux-q4_0");
  EXPECT_EQ((*manifest.find("FLUX-Q8_0"))->name, "flux-q8_0");
  EXPECT_EQ((*manifest.find("Texture"))->name, "texture");
  EXPECT_EQ((*manifest.find(""))->name, "flux-q5_k_m");
}

TEST(Manifest, NamesWhatThereIsWhenAVariantIsUnknown) {
  const auto manifest = Manifest::built_in().value();
  const auto found = manifest.find("q3_k_s");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kUsage);
  EXPECT_EQ(found.error().message,
            "there is no variant 'q3_k_s'; there are flux-q4_0, flux-q5_k_m, flux-q8_0, flux-bf16, "
            "texture");
}

TEST(Manifest, IsTheBuiltInOneWhereTheFolderHasNone) {
  const TestFolder folder;
  const auto manifest = Manifest::read(folder.path(""));
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->variants().size(), Manifest::built_in()->variants().size());
}

TEST(Manifest, OfAFolderAddsToTheBuiltInOneAndReplacesEntries) {
  const auto manifest = read(R"({
    "default": "flux-mine",
    "files": {"mine.gguf": {"sha256": null, "source": "my attic"},
              "ae.safetensors": {"sha256":
                "00000000000000000000000000000000000000000000000000000000000000ff"}},
    "variants": {"flux-mine": {"engine": "flux", "weights": "Q6_K", "transformer": ["mine.gguf"],
      "t5": ["t5.gguf"], "clip": ["clip_l.safetensors"], "vae": ["ae.safetensors"],
      "defaults": {"steps": 8, "guidance": 3.5, "t5_length": 512,
                   "size": {"smallest": 256, "largest": 768}}},
      "flux-q4_0": {"engine": "texture"}}})");
  ASSERT_TRUE(manifest) << manifest.error().message;
  const Variant& mine = manifest->default_variant();
  EXPECT_EQ(mine.name, "flux-mine");
  EXPECT_EQ(mine.weights, TensorType::kQ6_K);
  EXPECT_EQ(mine.transformer, std::vector<std::string>{"mine.gguf"});
  EXPECT_EQ(mine.defaults.steps, 8);
  EXPECT_EQ(mine.defaults.guidance, 3.5);
  EXPECT_EQ(mine.defaults.t5_length, 512);
  EXPECT_EQ(mine.defaults.largest, 768);
  EXPECT_FALSE((*manifest->find("q4_0"))->has_weights());
  EXPECT_TRUE(manifest->find("q8_0"));
  EXPECT_TRUE(manifest->file("ae.safetensors")->sha256.ends_with("ff"));
  EXPECT_NE(manifest->file("ae.safetensors")->source, "");  // only what is said is replaced
  EXPECT_EQ(manifest->file("mine.gguf")->source, "my attic");
}

TEST(Manifest, RefusesWhatItDoesNotKnowAndNamesFileAndKey) {
  const std::string parts = R"("transformer": ["a"], "t5": ["b"], "clip": ["c"], "vae": ["d"])";
  const std::string defaults =
      R"("defaults": {"steps": 8, "guidance": 3, "t5_length": 64,
                      "size": {"smallest": 512, "largest": 512}})";
  const auto variant = [](const std::string& inside) {
    return R"({"variants": {"flux-x": {)" + inside + "}}}";
  };
  const auto with_defaults = [&](const std::string& inside) {
    return variant(R"("engine": "flux", "weights": "Q4_0", )" + parts + R"(, "defaults": {)" +
                   inside + "}");
  };
  const std::string size = R"("size": {"smallest": 512, "largest": 512})";
  ASSERT_TRUE(read(variant(R"("engine": "flux", "weights": "Q4_0", )" + parts + "," + defaults)));
  const std::pair<std::string, const char*> wrong[] = {
      {"", "no JSON"},
      {"{", "no JSON"},
      {"[]", "the manifest: found []"},
      {R"({"colour": 1})", "'colour'"},
      {R"({"default": 3})", "default: found 3"},
      {R"({"default": "flux-q9"})", "default: found 'flux-q9'"},
      {R"({"default": "texture", "default": "flux-q8_0"})", "'default' stands there twice"},
      {R"({"files": []})", "files: found []"},
      {R"({"files": {"a/b": {}}})", "files.a/b"},
      {R"({"files": {"..": {}}})", "files..."},
      {R"({"files": {"a": {"sha256": "12"}}})", "files.a.sha256: found \"12\""},
      {R"({"files": {"a": {"sha256": 5}}})", "files.a.sha256: found 5"},
      {R"({"files": {"a": {"md5": "12"}}})", "files.a: found the key 'md5'"},
      {R"({"files": {"a": {"sha256":
        "AFC8E28272CD15DB3919BACDB6918CE9C1ED22E96CB12C4D5ED0FBA823529E38"}}})",
       "lower-case"},
      {R"({"variants": {"Flux X": {"engine": "texture"}}})", "variants.Flux X: found that name"},
      {variant(""), "variants.flux-x: found no engine"},
      {variant(R"("engine": "sdxl")"), "variants.flux-x.engine: found 'sdxl'"},
      {variant(R"("engine": "texture", "weights": "Q4_0")"), "the key 'weights'"},
      {variant(R"("engine": "flux", "weights": "Q3_K", )" + parts + "," + defaults),
       "variants.flux-x.weights: found 'Q3_K'"},
      {variant(R"("engine": "flux", "weights": "Q4_0", )" + defaults), "no transformer"},
      {variant(R"("engine": "flux", "weights": "Q4_0", )" + parts), "no defaults"},
      {variant(R"("engine": "flux", "weights": "Q4_0", "transformer": "a", "t5": ["b"],
                  "clip": ["c"], "vae": ["d"], )" +
               defaults),
       "variants.flux-x.transformer: found \"a\""},
      {variant(R"("engine": "flux", "weights": "Q4_0", "transformer": ["../a"], "t5": ["b"],
                  "clip": ["c"], "vae": ["d"], )" +
               defaults),
       "variants.flux-x.transformer: found \"../a\""},
      {with_defaults(R"("steps": 0, "guidance": 3, "t5_length": 64, )" + size), "steps: found 0"},
      {with_defaults(R"("steps": 8.5, "guidance": 3, "t5_length": 64, )" + size),
       "steps: found 8.5"},
      {with_defaults(R"("steps": "8", "guidance": 3, "t5_length": 64, )" + size),
       "steps: found \"8\""},
      {with_defaults(R"("steps": 8, "guidance": -1, "t5_length": 64, )" + size),
       "guidance: found -1"},
      {with_defaults(R"("steps": 8, "guidance": 3, "t5_length": 100, )" + size),
       "t5_length: found 100"},
      {with_defaults(R"("steps": 8, "guidance": 3, "t5_length": 64)"), "no size"},
      {with_defaults(R"("steps": 8, "guidance": 3, "t5_length": 64, "cfg": 1, )" + size),
       "the key 'cfg'"},
      {with_defaults(R"("steps": 8, "guidance": 3, "t5_length": 64,
                        "size": {"smallest": 513, "largest": 1024})"),
       "size.smallest: found 513"},
      {with_defaults(R"("steps": 8, "guidance": 3, "t5_length": 64,
                        "size": {"smallest": 1024, "largest": 512})"),
       "defaults.size: found"},
  };
  for (const auto& [text, words] : wrong) {
    const auto manifest = read(text);
    ASSERT_FALSE(manifest) << text;
    EXPECT_EQ(manifest.error().code, ErrorCode::kModelMissing);
    EXPECT_NE(manifest.error().message.find("manifest.json: "), std::string::npos);
    EXPECT_NE(manifest.error().message.find(words), std::string::npos) << manifest.error().message;
    EXPECT_EQ(manifest.error().message.find('\n'), std::string::npos);
  }
}

TEST(Manifest, SurvivesDeepNesting) {
  const std::string deep(100'000, '[');
  EXPECT_FALSE(read(deep));
  EXPECT_FALSE(read(std::string(20, '[') + R"({"a": {"a": 1}})" + std::string(20, ']')));
  EXPECT_FALSE(read(R"({"files": )" + deep + std::string(100'000, ']') + "}"));
}

TEST(Manifest, RefusesAFileThatIsTooLarge) {
  const auto manifest = read(std::string(2 << 20, ' '));
  ASSERT_FALSE(manifest);
  EXPECT_NE(manifest.error().message.find("at most"), std::string::npos);
}

TEST(Manifest, TakesAHashThatWasFoundAndKeepsWhatItsOwnerWrote) {
  const std::string hash(64, 'a'), other(64, 'b');
  const auto first = with_hash("", "m", "one.gguf", hash);
  ASSERT_TRUE(first);
  const auto second = with_hash(*first, "m", "two.gguf", other);
  ASSERT_TRUE(second);
  const auto third =
      with_hash(R"({"default": "texture", "files": {"one.gguf": {"source": "attic"}}})", "m",
                "one.gguf", hash);
  ASSERT_TRUE(third);
  const auto both = read(*second), kept = read(*third);
  ASSERT_TRUE(both && kept);
  EXPECT_EQ(both->file("one.gguf")->sha256, hash);
  EXPECT_EQ(both->file("two.gguf")->sha256, other);
  EXPECT_EQ(kept->default_variant().name, "texture");
  EXPECT_EQ(kept->file("one.gguf")->source, "attic");
  EXPECT_EQ(kept->file("one.gguf")->sha256, hash);
  EXPECT_FALSE(with_hash("[]", "m", "one.gguf", hash));
  EXPECT_FALSE(with_hash(R"({"files": 3})", "m", "one.gguf", hash));
  EXPECT_FALSE(with_hash(R"({"files": {}, "files": {}})", "m", "one.gguf", hash));
  EXPECT_FALSE(with_hash("", "m", "not utf-8 \xff.gguf", hash));
}

}  // namespace
}  // namespace pawfect
