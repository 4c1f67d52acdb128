// The T5 tokenizer: a text and a spiece.model, both hostile. A model that is taken must encode any
// text into ids of its vocabulary.
// Input: 4 bytes of length, the text, the model.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "weights/t5_tokenizer.h"

namespace {

void expect(bool is_true) {
  if (!is_true) std::abort();
}

void expect_one_line(const pawfect::Error& error) {
  expect(!error.message.empty() && error.message.find('\n') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::uint32_t length = 0;
  if (rest.size() < sizeof(length)) return 0;
  std::memcpy(&length, rest.data(), sizeof(length));
  rest.remove_prefix(sizeof(length));
  const std::string_view text = rest.substr(0, length);
  rest.remove_prefix(text.size());

  const auto vocabulary = pawfect::read_spiece(rest, "input");
  if (!vocabulary) {
    expect_one_line(vocabulary.error());
    return 0;
  }
  const auto tokenizer = pawfect::T5Tokenizer::from_vocabulary(*vocabulary);
  if (!tokenizer) {
    expect_one_line(tokenizer.error());
    return 0;
  }
  const auto count = std::int32_t(vocabulary->tokens.size());
  for (const std::string_view each : {text, std::string_view("Grass, sand \xE2\x80\x83 deck")}) {
    const auto out = tokenizer->encode(each, 64);
    expect(out.has_value());
    expect(out->ids.size() == 64);
    expect(std::ranges::all_of(out->ids, [&](auto id) { return id >= 0 && id < count; }));
  }
  return 0;
}
