// What a child tells, which a picture may have taken over: any bytes end in an answer within its
// bounds, or in one clear line.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "worker/engine_messages.h"
#include "worker/picture_messages.h"

namespace {

void expect(bool is_true) {
  if (!is_true) std::abort();
}

void expect_line(const pawfect::Error& error) {
  expect(!error.message.empty() && error.message.size() < 5'000);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto picture = pawfect::parse_picture_answer(text)) {
    expect(!picture->container.empty() && picture->width > 0 && picture->height > 0);
    const auto again = pawfect::parse_picture_answer(pawfect::to_text(picture));
    expect(again && again->width == picture->width && again->height == picture->height);
  } else {
    expect(picture.error().code != pawfect::ErrorCode::kUsage);
  }
  if (const auto answer = pawfect::parse_engine_answer(text)) {
    expect(pawfect::parse_engine_answer(pawfect::to_text(*answer)).has_value());
  } else {
    expect_line(answer.error());
  }
  return 0;
}
