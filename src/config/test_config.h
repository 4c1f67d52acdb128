// What the tests of the configuration share: an environment made of texts, files that go away.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>

#include "config/config_reading.h"

namespace pawfect::fakes {

using Variables = std::map<std::string, std::string>;

// HOME is set unless it is among them.
inline Environment environment(Variables variables = {}) {
  variables.try_emplace("HOME", "/home/somebody");
  return [variables](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

// As read_config does, the file called "x.toml".
inline Result<ConfigReading> read_text(std::string_view text, Variables variables = {}) {
  const Environment from = environment(std::move(variables));
  ConfigReading reading;
  auto good = read_config_text(text, "x.toml", reading);
  if (good) good = read_config_variables(from, reading);
  if (good) good = settle_data_folder(from, reading);
  if (good) good = check_config(reading);
  if (!good) return std::unexpected(good.error());
  return reading;
}

class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text, mode_t mode = 0600) {
    std::string name = (std::filesystem::temp_directory_path() / "pawfect-config.XXXXXX").string();
    const int descriptor = mkstemp(name.data());
    close(descriptor);
    path_ = name;
    std::ofstream(path_) << text;
    chmod(path_.c_str(), mode);
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace pawfect::fakes
