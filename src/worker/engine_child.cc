#include "worker/engine_child.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "cli/fill_file.h"
#include "cli/report.h"
#include "image/load.h"
#include "worker/child_rights.h"
#include "worker/engine_messages.h"

namespace pawfect {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr Milliseconds kIdle{600'000};  // longer between two looks at the channel is not needed
constexpr Milliseconds kBetweenProgress{50};
constexpr std::string_view kSampler = "steps";                  // each of these is told
constexpr std::size_t kMostReportBytes = 500 * 1024;            // of a document in the store
constexpr std::string_view kMemoryShort = "not enough memory";  // of tensor/'s messages

// Hands jobs from the thread that hears to the one that works.
class Mailbox {
 public:
  struct Mail {
    EngineJob job;
    std::stop_token stop;
  };

  void put(EngineJob job) {
    {
      const std::lock_guard lock(mutex_);
      number_ = job.number;
      stop_ = std::stop_source();
      mail_ = Mail{std::move(job), stop_.get_token()};
    }
    there_is_mail_.notify_one();
  }

  void cancel(std::int64_t number) {
    const std::lock_guard lock(mutex_);
    if (number == number_) stop_.request_stop();
  }

  Mail take() {
    std::unique_lock lock(mutex_);
    there_is_mail_.wait(lock, [&] { return mail_.has_value(); });
    Mail mail = *std::move(mail_);
    mail_.reset();
    return mail;
  }

 private:
  std::mutex mutex_;  // guards all below
  std::condition_variable there_is_mail_;
  std::optional<Mail> mail_;
  std::stop_source stop_;
  std::int64_t number_ = 0;
};

// Hears until the channel ends, and the process with it.
[[noreturn]] void listen(ChildChannel& channel, Mailbox& mailbox, const FillBounds& bounds) {
  while (true) {
    ChildMessage message;
    const Heard heard = channel.receive(message, kIdle);
    if (heard == Heard::kEnded) _exit(0);
    if (heard == Heard::kNothing) continue;
    auto order = parse_engine_order(message.text, bounds);
    if (!order) _exit(int(ErrorCode::kBug));
    if (auto* job = std::get_if<EngineJob>(&*order)) mailbox.put(std::move(*job));
    if (const auto* cancel = std::get_if<EngineCancel>(&*order)) mailbox.cancel(cancel->number);
  }
}

// Passes progress on: the beginning of each stage, each step of a sampler, and of the rest no more
// than somebody can look at.
class ProgressTeller {
 public:
  explicit ProgressTeller(ChildChannel& channel) : channel_(channel) {}

  void tell(std::string_view stage, double fraction) {
    const auto now = SteadyClock::now();
    const bool is_worth_it =
        stage != stage_ || stage == kSampler || now - told_ >= kBetweenProgress;
    if (!is_worth_it) return;
    stage_ = stage;
    told_ = now;
    // When nobody listens any more, the other thread ends the process.
    channel_.send(to_text(EngineAnswer(EngineProgress{stage_, std::clamp(fraction, 0.0, 1.0)})));
  }

 private:
  ChildChannel& channel_;
  std::string stage_;
  SteadyClock::time_point told_;
};

FillSettings settings_for(const EngineChildSetup& setup, const EngineJob& job) {
  const FillOptions& options = job.options;
  FillSettings settings;
  settings.engine = setup.engine;
  settings.setup = setup.setup;
  settings.threads = setup.setup.threads;
  settings.job.threads = setup.setup.threads;
  settings.job.seed = options.seed.value_or(0);
  settings.job.prompt = job.prompt;
  settings.job.model = {
      .steps = options.steps, .guidance = options.guidance, .refine = options.refine};
  settings.job.memory_limit = setup.memory_limit;
  settings.mask.grow_px = options.grow;
  settings.mask.blend_px = options.blend;
  settings.mask.invert = options.invert.value_or(false);
  settings.mask.follow_shadow = options.follow_shadow.value_or(false);
  settings.save.strip_location = options.strip_location.value_or(false);
  settings.save.jpeg_quality = options.jpeg_quality;
  settings.limits = setup.limits;
  return settings;
}

// Without the paths, which are nobody's business, and short enough for the store.
std::string report_text(const FillReport& report) {
  Json json = fill_to_json(report);
  for (const char* file : {"image", "mask", "output"})
    if (json[file].is_object()) json[file].erase("path");
  const auto dumped = [&] { return json.dump(-1, ' ', false, Json::error_handler_t::replace); };
  std::string text = dumped();
  if (text.size() <= kMostReportBytes) return text;
  json["windows"] = Json::array();
  return dumped();
}

EngineFailed failure(Error error) {
  const bool is_memory_short = error.message.find(kMemoryShort) != std::string::npos;
  return {std::move(error), is_memory_short, 0};
}

EngineAnswer fill(const EngineChildSetup& setup, const FillEngine& engine,
                  const Mailbox::Mail& mail, ChildChannel& channel) {
  ProgressTeller teller(channel);
  const JobControl control{
      [&](std::string_view stage, double fraction) { teller.tell(stage, fraction); }, mail.stop};
  try {
    const FillFiles files{mail.job.photo, mail.job.mask, mail.job.out, {}, {}};
    const FillReport report = fill_file(files, settings_for(setup, mail.job), engine, control);
    if (report.error) return failure(*report.error);
    return EngineDone{report_text(report), 0, 0};
  } catch (const std::bad_alloc&) {
    return EngineFailed{{ErrorCode::kUnavailable,
                         "the machine has not enough memory for this fill; give a smaller photo"},
                        true,
                        0};
  } catch (const std::exception& unexpected) {
    return failure({ErrorCode::kBug, fmt::format("the engine threw: {}", unexpected.what())});
  }
}

Result<std::unique_ptr<FillEngine>> make_engine(const EngineRegistry& engines,
                                                const EngineChildSetup& setup) {
  if (!set_codec_threads(setup.setup.threads))
    return fail(ErrorCode::kBug, "the picture library libvips does not start");
  try {
    return engines.create(setup.engine, setup.setup);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kUnavailable, "not enough memory to make the engine");
  } catch (const std::exception& unexpected) {
    return fail(ErrorCode::kBug, fmt::format("the engine threw: {}", unexpected.what()));
  }
}

}  // namespace

int serve_engine_child(ChildChannel& channel, const EngineRegistry& engines) {
  ChildMessage message;
  if (channel.receive(message, kIdle) != Heard::kMessage) return int(ErrorCode::kUsage);
  const auto first = parse_engine_order(message.text, {});
  const auto* const setup = first ? std::get_if<EngineChildSetup>(&*first) : nullptr;
  if (setup == nullptr) return int(ErrorCode::kBug);

  // From now on, so that a worker who is gone while the engine is made is noticed.
  Mailbox mailbox;
  const FillBounds bounds{setup->most_steps, setup->engine};
  std::thread([&] { listen(channel, mailbox, bounds); }).detach();

  const auto engine = make_engine(engines, *setup);
  if (!engine) {
    channel.send(to_text(EngineAnswer(failure(engine.error()))));
    _exit(int(engine.error().code));  // not while another thread uses what would be destroyed
  }
  channel.send(to_text(EngineAnswer(EngineReady{})));

  while (true) {
    const Mailbox::Mail mail = mailbox.take();
    reset_peak_resident();
    EngineAnswer answer = fill(*setup, **engine, mail, channel);
    if (auto* done = std::get_if<EngineDone>(&answer)) {
      done->memory = resident_bytes();
      done->peak_memory = std::max(peak_resident_bytes(), done->memory);
    }
    if (auto* failed = std::get_if<EngineFailed>(&answer)) failed->memory = resident_bytes();
    channel.send(to_text(answer));
  }
}

}  // namespace pawfect
