#include "log/event_log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace pawfect {
namespace {

using Json = nlohmann::ordered_json;

std::string shown(const Field::Value& value) {
  const Json json = std::visit([](const auto& held) { return Json(held); }, value);
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  // A single plain word needs no quotes.
  const auto* word = std::get_if<std::string>(&value);
  if (word != nullptr && !word->empty() && text.size() == word->size() + 2 &&
      word->find_first_of(" =") == std::string::npos) {
    return *word;
  }
  return text;
}

}  // namespace

std::string EventLog::line(std::string_view event, std::initializer_list<Field> fields,
                           LogFormat format) {
  if (format == LogFormat::kJson) {
    Json json{{"event", event}};
    for (const Field& field : fields)
      std::visit([&](const auto& held) { json[std::string(field.name)] = held; }, field.value);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace).substr(1);
  }
  std::string text(event);
  for (const Field& field : fields) text += fmt::format(" {}={}", field.name, shown(field.value));
  return text;
}

Result<EventLog> EventLog::to_stderr(std::string_view level, LogFormat format) {
  const auto known = {"debug", "info", "warning", "error", "off"};
  if (std::find(known.begin(), known.end(), level) == known.end()) {
    return fail(ErrorCode::kUsage,
                fmt::format("log.level: '{}' is none of debug, info, warning, error, off", level));
  }
  auto logger = std::make_shared<spdlog::logger>("pawfect",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(spdlog::level::from_str(std::string(level)));
  // The line of JSON begins here, with what only the logger knows; line() brings the rest.
  logger->set_pattern(format == LogFormat::kJson
                          ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v)"
                          : "%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  return EventLog(std::move(logger), format);
}

EventLog EventLog::silent() {
  auto logger = std::make_shared<spdlog::logger>("silent");
  logger->set_level(spdlog::level::off);
  return {std::move(logger), LogFormat::kText};
}

void EventLog::debug(std::string_view event, std::initializer_list<Field> fields) const {
  if (logger_->should_log(spdlog::level::debug)) logger_->debug("{}", line(event, fields, format_));
}
void EventLog::info(std::string_view event, std::initializer_list<Field> fields) const {
  if (logger_->should_log(spdlog::level::info)) logger_->info("{}", line(event, fields, format_));
}
void EventLog::warning(std::string_view event, std::initializer_list<Field> fields) const {
  if (logger_->should_log(spdlog::level::warn)) logger_->warn("{}", line(event, fields, format_));
}
void EventLog::error(std::string_view event, std::initializer_list<Field> fields) const {
  if (logger_->should_log(spdlog::level::err)) logger_->error("{}", line(event, fields, format_));
}

}  // namespace pawfect
