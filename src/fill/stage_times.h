// How long the stages of a job took, for its report. Wall seconds; a stage that comes again adds
// up. Not thread-safe.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pawfect {

struct StageTime {
  std::string name;
  double seconds = 0;
};

class StageTimes {
 public:
  // Runs `work`, books its time under `name`, and hands back what it returns.
  template <typename Work>
  auto measure(std::string_view name, Work&& work) {
    const Booking booking(*this, name);
    return std::forward<Work>(work)();
  }

  // Books time that was measured elsewhere.
  void add(std::string_view name, double seconds);

  double last_seconds() const { return last_seconds_; }  // of the latest `measure`
  const std::vector<StageTime>& stages() const { return stages_; }

 private:
  class Booking {
   public:
    Booking(StageTimes& times, std::string_view name) : times_(times), name_(name) {}
    ~Booking() {
      const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin_;
      times_.add(name_, passed.count());
      times_.last_seconds_ = passed.count();
    }
    Booking(const Booking&) = delete;
    Booking& operator=(const Booking&) = delete;

   private:
    StageTimes& times_;
    std::string_view name_;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  };

  std::vector<StageTime> stages_;
  double last_seconds_ = 0;
};

}  // namespace pawfect
