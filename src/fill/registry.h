// Which engines there are. The caller adds them at start, by hand, in the order in which they are
// to be listed; nothing registers itself. After that the registry is only read, from any number of
// threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "fill/engine.h"

namespace pawfect {

// What a factory may need. An engine without weights ignores all of it.
struct EngineSetup {
  std::filesystem::path models = {};  // --models: the folder with the weights
  std::string
      variant;  // --variant or MODEL_VARIANT: which build of the weights; empty: the default
  std::string backend = {};  // --backend: "cpu", "cuda", "vulkan"; empty: the best that is here
  int threads = 1;           // of the processor
  int text_tokens = 0;       // --t5-length; 0: the variant's own
  int working_size = 0;  // --working-size: longest side at which the model works; 0: by the window
  bool has_many_jobs = false;  // loading may take longer when each job is quicker for it
  std::uint64_t memory = 0;    // bytes that the model may take on its device; 0: what is free there
};

// Makes an engine ready to fill. Errors: kModelMissing when its weights are absent or refused.
using EngineFactory = std::function<Result<std::unique_ptr<FillEngine>>(const EngineSetup&)>;

class EngineRegistry {
 public:
  // A name is lower-case letters, digits and dashes, added once.
  void add(std::string name, std::string summary, EngineFactory factory);

  // Errors: kUsage naming the engines there are, or whatever the factory says.
  Result<std::unique_ptr<FillEngine>> create(std::string_view name, const EngineSetup& setup) const;

  struct Entry {
    std::string name;
    std::string summary;  // one line for a person
    EngineFactory factory;
  };
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

}  // namespace pawfect
