// A temporary folder for a test, removed with it. Where waiting for a disk thousands of times would
// prove nothing (what a killed process has written is there either way), it can be in memory.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace pawfect::fakes {

class TestFolder {
 public:
  enum class Where { kDisk, kMemory };

  explicit TestFolder(Where where = Where::kDisk) {
    const bool is_in_memory = where == Where::kMemory && access("/dev/shm", W_OK | X_OK) == 0;
    const std::filesystem::path parent =
        is_in_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string name = (parent / "pawfect-test.XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TestFolder() {
    std::error_code problem;
    std::filesystem::remove_all(path_, problem);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace pawfect::fakes
