#include "worker/live_teller.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pawfect {
namespace {

constexpr std::string_view kSampler = "steps";
constexpr Milliseconds kAfterTrouble{5'000};  // the store does not answer: not again at once
// No time is foretold before, when it would be a guess.
constexpr double kLeastWhole = 0.1;
constexpr Milliseconds kLeastTime{500};

struct Span {
  std::string_view stage;
  double from, to;
};
// What comes before and after an engine takes little.
constexpr Span kSpans[] = {{"fetch", 0, 0.02},   {"engine", 0.02, 0.02}, {"load", 0.02, 0.04},
                           {"mask", 0.04, 0.06}, {"save", 0.95, 0.98},   {"store", 0.98, 1}};
constexpr Span kEngine{"", 0.06, 0.95};

}  // namespace

double whole_progress(std::string_view stage, double fraction) {
  const auto found = std::ranges::find(kSpans, stage, &Span::stage);
  const Span& span = found == std::end(kSpans) ? kEngine : *found;
  return span.from + (span.to - span.from) * std::clamp(fraction, 0.0, 1.0);
}

LiveTeller::LiveTeller(SessionStore& store, const Clock& clock, JobId job, int attempt,
                       std::optional<int> steps)
    : store_(store),
      clock_(clock),
      job_(std::move(job)),
      steps_(steps),
      started_(clock.monotonic()),
      next_(started_) {
  progress_.attempt = attempt;
}

void LiveTeller::reached(std::string_view stage, double fraction) {
  progress_.stage = stage;
  progress_.fraction = std::clamp(fraction, 0.0, 1.0);
  // An engine's model is loaded in a stage of its own, called as the photo's; nothing goes back.
  progress_.whole = std::max(progress_.whole, whole_progress(stage, fraction));
  progress_.step = progress_.steps = std::nullopt;
  if (stage == kSampler && steps_) {
    progress_.steps = steps_;
    progress_.step = int(std::lround(progress_.fraction * *steps_));
  }
  is_news_ = true;
}

void LiveTeller::tell() {
  const MonotonicTime now = clock_.monotonic();
  if (!is_news_ || now < next_) return;
  const Milliseconds taken = now - started_;
  progress_.left = std::nullopt;
  if (progress_.whole >= kLeastWhole && taken >= kLeastTime) {
    const double left = double(taken.count()) * (1 - progress_.whole) / progress_.whole;
    progress_.left = Milliseconds(std::llround(left));
  }
  const auto written = store_.put(Kind::kProgress, job_.text(), to_text(progress_));
  next_ = now + (written ? kBetween : kAfterTrouble);
  is_news_ = false;
}

}  // namespace pawfect
