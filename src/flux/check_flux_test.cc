#include "flux/check_flux.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "flux/test_fixture.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;

struct Outcome {
  Result<CheckSummary> summary;
  std::vector<CheckLine> lines;

  std::vector<std::string> failed_stages() const {
    std::vector<std::string> stages;
    for (const CheckLine& line : lines)
      if (!line.is_ok()) stages.push_back(line.stage);
    return stages;
  }
  bool has(const std::string& stage) const {
    for (const CheckLine& line : lines)
      if (line.stage == stage) return true;
    return false;
  }
};

Outcome check(const fs::path& folder, const CheckOptions& options = {}) {
  const auto device = Device::open(BackendKind::kCpu, 2);
  Outcome outcome{fail(ErrorCode::kBug, "not run"), {}};
  outcome.summary = check_flux(folder, *device, options,
                               [&](const CheckLine& line) { outcome.lines.push_back(line); });
  return outcome;
}

// A copy of the fixture that a test may spoil.
class SpoiledFolder {
 public:
  SpoiledFolder() {
    std::string name = (fs::temp_directory_path() / "pawfect-check.XXXXXX").string();
    path_ = mkdtemp(name.data());
    fs::copy(fixture_dir(), path_, fs::copy_options::recursive);
  }
  ~SpoiledFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

  // The one file that begins and ends so.
  fs::path file(const std::string& start, const std::string& end) const {
    for (const auto& entry : fs::directory_iterator(path_)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(start) && name.ends_with(end)) return entry.path();
    }
    ADD_FAILURE() << start << "*" << end << " is not there";
    return {};
  }

 private:
  fs::path path_;
};

// Makes the first number of a tensor of a safetensors 3.
void spoil(const fs::path& path, const std::string& tensor) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  std::uint64_t length = 0;
  file.read(reinterpret_cast<char*>(&length), sizeof length);
  std::string header(length, ' ');
  file.read(header.data(), std::streamsize(length));
  const auto place = nlohmann::json::parse(header)[tensor]["data_offsets"];
  const auto start = std::streamoff(sizeof length + length + place[0].get<std::uint64_t>());
  const float other = 3.0f;
  file.seekp(start);
  file.write(reinterpret_cast<const char*>(&other), sizeof other);
}

TEST(CheckFlux, FindsNothingWrongWithOurStages) {
  const Outcome outcome = check(fixture_dir());
  ASSERT_TRUE(outcome.summary) << outcome.summary.error().message;
  for (const CheckLine& line : outcome.lines) {
    SCOPED_TRACE(line_text(line));
    EXPECT_TRUE(line.is_ok());
  }
  for (const char* stage :
       {"first_step", "sigmas", "t5_bucket", "t5_ids", "clip_ids", "t5_hidden", "clip_hidden",
        "clip_pooled", "vae_mean", "vae_logvar", "packed_mask", "cond", "latents_start",
        "vae_decoded", "out", "latents", "latents_final", "decoded"})
    EXPECT_TRUE(outcome.has(stage)) << stage;
  EXPECT_EQ(outcome.summary->failed, 0);
  EXPECT_EQ(outcome.summary->lines, int(outcome.lines.size()));
}

TEST(CheckFlux, NamesTheStagesThatAChangedWeightMoves) {
  const SpoiledFolder folder;
  spoil(folder.file("ae", ".safetensors"), "encoder.conv_in.weight");
  const Outcome outcome = check(folder.path(), {.precisions = {Precision::kStored}});
  ASSERT_TRUE(outcome.summary) << outcome.summary.error().message;
  const auto failed = outcome.failed_stages();
  ASSERT_FALSE(failed.empty());
  EXPECT_EQ(failed.front(), "vae_mean");
  EXPECT_EQ(std::ranges::count(failed, "vae_decoded"), 0) << "the decoder was not touched";
  EXPECT_EQ(std::ranges::count(failed, "t5_hidden"), 0);
}

TEST(CheckFlux, ComparesWithWhatWasRecordedNotWithItself) {
  const SpoiledFolder folder;
  spoil(folder.path() / "reference.safetensors", "prompt.0.clip_pooled");
  const Outcome outcome = check(folder.path(), {.precisions = {Precision::kF32}});
  ASSERT_TRUE(outcome.summary) << outcome.summary.error().message;
  EXPECT_EQ(outcome.failed_stages().front(), "clip_pooled");
}

TEST(CheckFlux, RefusesAFolderWithoutAPart) {
  for (const auto& [start, end] : {std::pair{"ae", ".safetensors"},
                                   {"clip", ".safetensors"},
                                   {"t5", ".gguf"},
                                   {"flux1", ".gguf"},
                                   {"reference", ".json"},
                                   {"reference", ".safetensors"}}) {
    const SpoiledFolder folder;
    fs::remove(folder.file(start, end));
    const Outcome outcome = check(folder.path());
    ASSERT_FALSE(outcome.summary) << start;
    EXPECT_EQ(outcome.summary.error().code, ErrorCode::kModelMissing);
    EXPECT_TRUE(outcome.lines.empty()) << "missing files are found before anything is computed";
  }
}

TEST(CheckFlux, RefusesAFileThatWasCut) {
  const SpoiledFolder folder;
  const fs::path file = folder.file("flux1", ".gguf");
  fs::resize_file(file, fs::file_size(file) / 2);
  const Outcome outcome = check(folder.path());
  ASSERT_FALSE(outcome.summary);
  EXPECT_EQ(outcome.summary.error().code, ErrorCode::kModelMissing);
  EXPECT_NE(outcome.summary.error().message.find(file.filename().string()), std::string::npos);
}

TEST(CheckFlux, RefusesADocumentThatIsNoReference) {
  const SpoiledFolder folder;
  for (const char* text : {"", "[]", "{}", "{\"cases\": 7}", "{\"cases\": [{\"name\": 7}]}",
                           "{\"cases\": [7], \"prompts\": [7]}"}) {
    std::ofstream(folder.path() / "reference.json") << text;
    const Outcome outcome = check(folder.path());
    ASSERT_FALSE(outcome.summary) << text;
    EXPECT_EQ(outcome.summary.error().code, ErrorCode::kModelMissing);
    EXPECT_NE(outcome.summary.error().message.find("reference.json"), std::string::npos);
  }
}

TEST(CheckFlux, RefusesNumbersThatDoNotFitTheirCase) {
  const SpoiledFolder folder;
  const fs::path path = folder.path() / "reference.json";
  nlohmann::json document = nlohmann::json::parse(std::ifstream(path));
  document["cases"][0]["width"] = 256;
  std::ofstream(path) << document;
  const Outcome outcome = check(folder.path());
  ASSERT_FALSE(outcome.summary);
  EXPECT_NE(outcome.summary.error().message.find("case."), std::string::npos);
}

}  // namespace
}  // namespace pawfect
