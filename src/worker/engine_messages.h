// What a worker and its engine child say to each other (worker/child_channel.h carries it). The
// child first hears with what to make its engine, then one job after the other, each with a number
// of its own; a cancel names the number that it is for. Both sides read strictly. Value types and
// pure functions; bytes, milliseconds.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/error.h"
#include "fill/registry.h"
#include "image/limits.h"
#include "worker/fill_options.h"

namespace pawfect {

// To the child, once.
struct EngineChildSetup {
  std::string engine;
  EngineSetup setup;
  ImageLimits limits;             // of photo and mask
  std::int64_t memory_limit = 0;  // JobOptions::memory_limit
  int most_steps = 50;            // FillBounds::most_steps
};
// To the child.
struct EngineJob {
  std::int64_t number = 0;
  std::filesystem::path photo, mask, out;  // in a folder of this job alone
  FillOptions options;
  std::string prompt;
};
struct EngineCancel {
  std::int64_t number = 0;
};
using EngineOrder = std::variant<EngineChildSetup, EngineJob, EngineCancel>;

// From the child.
struct EngineReady {};
struct EngineProgress {
  std::string stage;
  double fraction = 0;
};
struct EngineDone {
  std::string report;                         // fill_to_json() without the files' paths
  std::uint64_t memory = 0, peak_memory = 0;  // of the child, now and at most during this job
};
struct EngineFailed {
  Error error;
  bool is_memory_short = false;  // less to do at once may help
  std::uint64_t memory = 0;
};
using EngineAnswer = std::variant<EngineReady, EngineProgress, EngineDone, EngineFailed>;

std::string to_text(const EngineOrder& order);
// Error (kBug): the text is none.
Result<EngineOrder> parse_engine_order(std::string_view text, const FillBounds& bounds);

std::string to_text(const EngineAnswer& answer);
// Error (kBug): the text is none.
Result<EngineAnswer> parse_engine_answer(std::string_view text);

}  // namespace pawfect
