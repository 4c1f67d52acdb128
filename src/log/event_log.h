// EventLog: what happened, one line an event on stderr: a name and fields (job, attempt, stage,
// ms). No secrets, no image bytes, no prompt texts. Made by the process's main and passed on; there
// is no global. Safe from any thread.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"

namespace spdlog {
class logger;
}

namespace pawfect {

struct Field {
  using Value = std::variant<std::string, std::int64_t, double, bool>;

  Field(std::string_view called, std::string_view text) : name(called), value(std::string(text)) {}
  Field(std::string_view called, const std::string& text) : name(called), value(text) {}
  Field(std::string_view called, const char* text) : name(called), value(std::string(text)) {}
  Field(std::string_view called, bool is_so) : name(called), value(is_so) {}
  Field(std::string_view called, double number) : name(called), value(number) {}
  template <std::integral T>
  Field(std::string_view called, T number)
      : name(called), value(static_cast<std::int64_t>(number)) {}

  std::string_view name;  // snake_case, with the unit at its end: "wait_ms"
  Value value;
};

enum class LogFormat : std::uint8_t { kText, kJson };

class EventLog {
 public:
  // `level` is "debug", "info", "warning", "error" or "off". Error (kUsage): it is none of them.
  static Result<EventLog> to_stderr(std::string_view level, LogFormat format);
  // For tests: says nothing.
  static EventLog silent();

  void debug(std::string_view event, std::initializer_list<Field> fields = {}) const;
  void info(std::string_view event, std::initializer_list<Field> fields = {}) const;
  void warning(std::string_view event, std::initializer_list<Field> fields = {}) const;
  void error(std::string_view event, std::initializer_list<Field> fields = {}) const;

  // `event a=1 b="two words"` or `"event":"...","a":1}` (what begins it is the time and the level);
  // control characters are escaped, so that nothing from outside begins a line of its own.
  static std::string line(std::string_view event, std::initializer_list<Field> fields,
                          LogFormat format);

 private:
  EventLog(std::shared_ptr<spdlog::logger> logger, LogFormat format)
      : logger_(std::move(logger)), format_(format) {}

  std::shared_ptr<spdlog::logger> logger_;
  LogFormat format_;
};

}  // namespace pawfect
