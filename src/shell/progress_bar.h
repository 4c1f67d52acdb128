// ProgressBar: one line on a terminal's stderr with what runs, how far it is and how long it will
// take; silent when stderr is no terminal or the user wants quiet. Used from one thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace pawfect {

// "[#####.....]  43 %  matching  0:07 left" for a terminal of `columns` columns; `seconds` is the
// time since the work began. No time is foretold in the first moments, when it would be a guess.
std::string progress_line(std::string_view what, std::string_view stage, double fraction,
                          double seconds, int columns);

class ProgressBar {
 public:
  enum class Show { kOnTerminal, kNever };
  explicit ProgressBar(Show show);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // Begins anew for the file named `what`.
  void start(std::string what);
  void update(std::string_view stage, double fraction);
  // Takes the line away, so that other output starts on a clean one.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  bool is_shown_ = false;
  bool is_drawn_ = false;
  std::string what_;
  std::string stage_;
  Clock::time_point start_;
  Clock::time_point last_draw_;
};

}  // namespace pawfect
