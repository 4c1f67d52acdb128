#include "fill/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace pawfect {

void EngineRegistry::add(std::string name, std::string summary, EngineFactory factory) {
  assert(std::ranges::find(entries_, name, &Entry::name) == entries_.end());
  entries_.push_back({std::move(name), std::move(summary), std::move(factory)});
}

Result<std::unique_ptr<FillEngine>> EngineRegistry::create(std::string_view name,
                                                           const EngineSetup& setup) const {
  const auto found = std::ranges::find(entries_, name, &Entry::name);
  if (found != entries_.end()) return found->factory(setup);
  std::vector<std::string_view> known;
  known.reserve(entries_.size());
  for (const Entry& entry : entries_) known.push_back(entry.name);
  return fail(ErrorCode::kUsage,
              fmt::format("--engine: there is no engine \"{}\"; choose one of: {}", name,
                          fmt::join(known, ", ")));
}

}  // namespace pawfect
