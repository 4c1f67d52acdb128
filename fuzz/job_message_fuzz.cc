// The message of a job: any bytes end in a message that reads back as itself, or in one clear line.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "jobs/job_message.h"

namespace {

void expect(bool is_true) {
  if (!is_true) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message =
      pawfect::parse_job_message(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!message) {
    const std::string& line = message.error().message;
    expect(!line.empty() && line.size() < 400 && line.find('\n') == std::string::npos);
    return 0;
  }
  const std::string text = pawfect::to_text(*message);
  expect(text.size() <= pawfect::JobMessage::kMostBytes);
  const auto again = pawfect::parse_job_message(text);
  expect(again && *again == *message);
  return 0;
}
