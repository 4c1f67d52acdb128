#include "worker/engine_messages.h"

#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "jobs/strict_json.h"
#include "worker/child_channel.h"

namespace pawfect {
namespace {

constexpr JsonBounds kBounds{ChildChannel::kMostBytes, 4};
constexpr std::size_t kMostPathBytes = 4096;
constexpr std::size_t kMostWordBytes = 200;
constexpr std::size_t kMostLineBytes = 4000;
constexpr std::size_t kMostReportBytes = 600 * 1024;
constexpr std::int64_t kMostNumber = std::numeric_limits<std::int64_t>::max();

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json to_json(const EngineChildSetup& order) {
  const EngineSetup& setup = order.setup;
  return {{"kind", "setup"},
          {"engine", order.engine},
          {"models", setup.models.string()},
          {"variant", setup.variant},
          {"backend", setup.backend},
          {"threads", setup.threads},
          {"textTokens", setup.text_tokens},
          {"workingSize", setup.working_size},
          {"hasManyJobs", setup.has_many_jobs},
          {"memory", setup.memory},
          {"maxPixels", order.limits.max_pixels},
          {"maxSide", order.limits.max_side},
          {"maxBytes", order.limits.max_bytes},
          {"maxFrames", order.limits.max_frames},
          {"memoryLimit", order.memory_limit},
          {"mostSteps", order.most_steps}};
}

EngineChildSetup read_setup(Fields& fields) {
  constexpr int kMostInt = std::numeric_limits<int>::max();
  EngineChildSetup order;
  order.engine = fields.text("engine", kMostWordBytes);
  order.setup.models = fields.text("models", kMostPathBytes);
  order.setup.variant = fields.text("variant", kMostWordBytes);
  order.setup.backend = fields.text("backend", kMostWordBytes);
  order.setup.threads = int(fields.whole("threads", 1, 1024));
  order.setup.text_tokens = int(fields.whole("textTokens", 0, kMostInt));
  order.setup.working_size = int(fields.whole("workingSize", 0, kMostInt));
  order.setup.has_many_jobs = fields.boolean("hasManyJobs");
  order.setup.memory = std::uint64_t(fields.whole("memory", 0, kMostNumber));
  order.limits.max_pixels = fields.whole("maxPixels", 1, kMostNumber);
  order.limits.max_side = int(fields.whole("maxSide", 1, kMostInt));
  order.limits.max_bytes = fields.whole("maxBytes", 1, kMostNumber);
  order.limits.max_frames = int(fields.whole("maxFrames", 1, kMostInt));
  order.memory_limit = fields.whole("memoryLimit", 0, kMostNumber);
  order.most_steps = int(fields.whole("mostSteps", 1, kMostInt));
  return order;
}

Json to_json(const EngineJob& job) {
  return {{"kind", "job"},
          {"number", job.number},
          {"photo", job.photo.string()},
          {"mask", job.mask.string()},
          {"out", job.out.string()},
          {"options", to_text(job.options)},
          {"prompt", job.prompt}};
}

EngineJob read_job(Fields& fields, const FillBounds& bounds) {
  EngineJob job;
  job.number = fields.whole("number", 1, kMostNumber);
  job.photo = fields.text("photo", kMostPathBytes);
  job.mask = fields.text("mask", kMostPathBytes);
  job.out = fields.text("out", kMostPathBytes);
  auto options = parse_fill_options(fields.text("options", kMostLineBytes), bounds);
  if (options) {
    job.options = *std::move(options);
  } else {
    fields.keep(std::unexpected(options.error()));
  }
  job.prompt = fields.text("prompt", kMostLineBytes);
  return job;
}

Json to_json(const EngineCancel& cancel) { return {{"kind", "cancel"}, {"number", cancel.number}}; }

Json to_json(const EngineReady&) { return {{"kind", "ready"}}; }

Json to_json(const EngineProgress& progress) {
  return {{"kind", "progress"},
          {"stage", progress.stage.substr(0, kMostWordBytes / 4)},
          {"fraction", progress.fraction}};
}

Json to_json(const EngineDone& done) {
  return {{"kind", "done"},
          {"report", done.report},
          {"memory", done.memory},
          {"peakMemory", done.peak_memory}};
}

Json to_json(const EngineFailed& failed) {
  return {{"kind", "failed"},
          {"code", int(failed.error.code)},
          {"message", failed.error.message.substr(0, kMostLineBytes / 4)},
          {"isMemoryShort", failed.is_memory_short},
          {"memory", failed.memory}};
}

std::optional<ErrorCode> error_code(std::int64_t number) {
  for (const ErrorCode code :
       {ErrorCode::kUsage, ErrorCode::kBadInput, ErrorCode::kMaskRejected, ErrorCode::kModelMissing,
        ErrorCode::kCancelled, ErrorCode::kUnavailable, ErrorCode::kBug}) {
    if (number == int(code)) return code;
  }
  return std::nullopt;
}

EngineFailed read_failed(Fields& fields) {
  EngineFailed failed;
  const auto code = error_code(fields.whole("code", 0, 255));
  if (!code) fields.refuse("code", "another number", "one of our error codes");
  failed.error = {code.value_or(ErrorCode::kBug), fields.text("message", kMostLineBytes)};
  failed.is_memory_short = fields.boolean("isMemoryShort");
  failed.memory = std::uint64_t(fields.whole("memory", 0, kMostNumber));
  return failed;
}

// What `read` makes of the object's members and kind; empty from it: no such kind.
template <typename Message, typename Read>
Result<Message> parse(std::string_view text, std::string_view name, const Read& read) {
  const auto json = parse_object(text, name, kBounds);
  if (!json) return fail(ErrorCode::kBug, json.error().message);
  Fields fields(*json, name);
  const std::string kind = fields.text("kind", kMostWordBytes);
  std::optional<Message> message = read(fields, kind);
  if (!message) fields.refuse("kind", kind, "one that this program knows");
  if (const auto verdict = fields.verdict(); !verdict)
    return fail(ErrorCode::kBug, verdict.error().message);
  return *std::move(message);
}

}  // namespace

std::string to_text(const EngineOrder& order) {
  return dumped(std::visit([](const auto& one) { return to_json(one); }, order));
}

Result<EngineOrder> parse_engine_order(std::string_view text, const FillBounds& bounds) {
  return parse<EngineOrder>(
      text, "engine order",
      [&](Fields& fields, const std::string& kind) -> std::optional<EngineOrder> {
        if (kind == "setup") return read_setup(fields);
        if (kind == "job") return read_job(fields, bounds);
        if (kind == "cancel") return EngineCancel{fields.whole("number", 0, kMostNumber)};
        return std::nullopt;
      });
}

std::string to_text(const EngineAnswer& answer) {
  return dumped(std::visit([](const auto& one) { return to_json(one); }, answer));
}

Result<EngineAnswer> parse_engine_answer(std::string_view text) {
  return parse<EngineAnswer>(
      text, "engine answer",
      [](Fields& fields, const std::string& kind) -> std::optional<EngineAnswer> {
        if (kind == "ready") return EngineReady{};
        if (kind == "progress") {
          return EngineProgress{fields.text("stage", kMostWordBytes),
                                fields.real("fraction", 0, 1)};
        }
        if (kind == "done") {
          return EngineDone{fields.text("report", kMostReportBytes),
                            std::uint64_t(fields.whole("memory", 0, kMostNumber)),
                            std::uint64_t(fields.whole("peakMemory", 0, kMostNumber))};
        }
        if (kind == "failed") return read_failed(fields);
        return std::nullopt;
      });
}

}  // namespace pawfect
