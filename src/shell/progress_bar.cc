#include "shell/progress_bar.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace pawfect {
namespace {

constexpr std::chrono::milliseconds kRedraw{100};

int terminal_columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string progress_line(std::string_view what, std::string_view stage, double fraction,
                          double seconds, int columns) {
  constexpr int kBar = 24;
  const double done = std::clamp(fraction, 0.0, 1.0);
  const int full = int(done * kBar);
  std::string line = fmt::format("[{}{}] {:3d} %", std::string(full, '#'),
                                 std::string(kBar - full, '.'), int(done * 100));
  if (seconds > 0.3 && done > 0.02) {
    const int left = int(std::lround(seconds * (1 - done) / done));
    line += fmt::format("  {}:{:02d} left", left / 60, left % 60);
  }
  line += fmt::format("  {}  {}", stage, what);
  // One column stays free: a full line makes some terminals wrap.
  if (int(line.size()) >= columns) line.resize(std::max(0, columns - 1));
  return line;
}

ProgressBar::ProgressBar(Show show)
    : is_shown_(show == Show::kOnTerminal && isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() { clear(); }

void ProgressBar::start(std::string what) {
  what_ = std::move(what);
  start_ = Clock::now();
  stage_.clear();
}

void ProgressBar::update(std::string_view stage, double fraction) {
  if (!is_shown_) return;
  const Clock::time_point now = Clock::now();
  if (is_drawn_ && stage == stage_ && now - last_draw_ < kRedraw) return;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  fmt::print(stderr, "\r\x1b[K{}",
             progress_line(what_, stage, fraction, seconds, terminal_columns()));
  std::fflush(stderr);
  stage_ = stage;
  last_draw_ = now;
  is_drawn_ = true;
}

void ProgressBar::clear() {
  if (!is_drawn_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  is_drawn_ = false;
}

}  // namespace pawfect
