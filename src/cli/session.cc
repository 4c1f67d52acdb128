#include "cli/session.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "cli/engines.h"
#include "image/load.h"
#include "shell/arguments.h"
#include "shell/threads.h"

namespace pawfect {

Result<std::unique_ptr<Session>> Session::start(FillSettings& settings, Talk talk) {
  settings.job.threads = thread_count(settings.threads);
  settings.setup.threads = settings.job.threads;
  Result<std::unique_ptr<FillEngine>> engine =
      built_in_engines().create(settings.engine, settings.setup);
  if (!engine) return std::unexpected(engine.error());
  // The interrupt comes before the codec, whose threads inherit the blocked signals.
  std::unique_ptr<Session> session(new Session(std::move(*engine), talk));
  if (!set_codec_threads(settings.job.threads)) {
    return fail(ErrorCode::kBug,
                "the picture library libvips does not start; is its installation whole?");
  }
  return session;
}

Session::Session(std::unique_ptr<FillEngine> engine, Talk talk)
    : engine_(std::move(engine)),
      talk_(talk),
      bar_(talk == Talk::kQuiet ? ProgressBar::Show::kNever : ProgressBar::Show::kOnTerminal) {}

JobControl Session::control_for(std::string what) {
  bar_.start(std::move(what));
  return {
      .progress = [this](std::string_view stage, double fraction) { bar_.update(stage, fraction); },
      .stop = interrupt_.token()};
}

void Session::say(const std::string& line) {
  bar_.clear();
  if (!is_quiet()) fmt::print("{}\n", line);
}

void Session::notice(const std::vector<std::string>& lines) {
  bar_.clear();
  if (is_quiet()) return;
  for (const std::string& line : lines) fmt::print(stderr, "note: {}\n", line);
}

int Session::error(const Error& error) {
  bar_.clear();
  return print_error(error);
}

}  // namespace pawfect
