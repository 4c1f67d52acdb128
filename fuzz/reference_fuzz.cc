// The reader of a reference to compare with (reference.json beside a small reference.safetensors):
// any text ends in cases of sizes that can be computed or in one clear line.
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "flux/check_reference.h"
#include "weight_contents.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;

// A folder for this process, removed at its end.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "pawfect-reference-XXXXXX").string();
    demand(::mkdtemp(name.data()) != nullptr);
    path_ = name;
    // A mask of case "a" for 16 x 16 pixels.
    const std::string header =
        R"({"case.a.mask":{"dtype":"U8","shape":[16,16],"data_offsets":[0,256]}})";
    const std::uint64_t length = header.size();
    std::string file(reinterpret_cast<const char*>(&length), sizeof length);
    file += header + std::string(256, '\1');
    write("reference.safetensors", file);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const fs::path& path() const { return path_; }

  void write(const char* name, std::string_view content) const {
    std::ofstream file(path_ / name, std::ios::binary | std::ios::trunc);
    file << content;
    demand(bool(file.flush()));
  }

 private:
  fs::path path_;
};

void check_reference(std::string_view text) {
  static const Folder folder;
  folder.write("reference.json", text);
  const auto reference = CheckReference::open(folder.path());
  if (!reference) {
    demand(reference.error().code == ErrorCode::kModelMissing);
    demand(reference.error().message.find('\n') == std::string::npos);
    return;
  }
  demand(!reference->cases().empty() && !reference->prompts().empty());
  for (const CheckCase& one : reference->cases()) {
    demand(one.width >= 16 && one.width % 16 == 0 && one.height >= 16 && one.height % 16 == 0);
    demand(one.tokens() > 0 && one.run_steps() > 0 && one.first_step >= 0);
    if (one.name == "a") demand(one.width * one.height == 256);
  }
  for (const CheckSchedule& one : reference->schedules())
    demand(one.image_tokens > 0 && one.steps >= 1 && one.first_step <= one.steps);
  demand(reference->debug_step() >= 0);
}

}  // namespace
}  // namespace pawfect

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pawfect::check_reference(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
