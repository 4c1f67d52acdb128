// What a command holds while it works: the engine, the number of threads, the way to cancel, and
// the progress bar. Made after the arguments are parsed, so that --help starts nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "cli/settings.h"
#include "fill/engine.h"
#include "shell/interrupt.h"
#include "shell/progress_bar.h"

namespace pawfect {

enum class Talk { kNormal, kQuiet };

class Session {
 public:
  // Makes the engine that `settings` names and settles settings.job.threads. Errors: kUsage for an
  // unknown engine, kModelMissing.
  static Result<std::unique_ptr<Session>> start(FillSettings& settings, Talk talk);

  const FillEngine& engine() const { return *engine_; }
  bool is_cancelled() const { return interrupt_.token().stop_requested(); }
  bool is_quiet() const { return talk_ == Talk::kQuiet; }

  // Control for the next job; its progress is shown under the name `what`. Valid as long as this
  // is.
  JobControl control_for(std::string what);

  // One line on stdout, or on stderr for notices and errors; a progress bar is cleared before.
  // Nothing is said of the first two in quiet.
  void say(const std::string& line);
  void notice(const std::vector<std::string>& lines);
  int error(const Error& error);

 private:
  Session(std::unique_ptr<FillEngine> engine, Talk talk);

  std::unique_ptr<FillEngine> engine_;
  Talk talk_;
  Interrupt interrupt_;
  ProgressBar bar_;
};

}  // namespace pawfect
