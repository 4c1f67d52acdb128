// The CLIP tokenizer: a text, a vocab.json and a merges.txt, all hostile; and the three together as
// a file that may be packed. A vocabulary that is taken must encode any text.
// Input: 4 bytes of length, the text, 4 bytes of length, vocab.json, merges.txt.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "weights/clip_tokenizer.h"
#include "weights/vocabulary_file.h"

namespace {

void expect(bool is_true) {
  if (!is_true) std::abort();
}

void expect_one_line(const pawfect::Error& error) {
  expect(!error.message.empty() && error.message.find('\n') == std::string::npos);
}

std::string_view take_part(std::string_view& rest) {
  std::uint32_t length = 0;
  if (rest.size() < sizeof(length)) return {};
  std::memcpy(&length, rest.data(), sizeof(length));
  rest.remove_prefix(sizeof(length));
  const std::string_view part = rest.substr(0, length);
  rest.remove_prefix(part.size());
  return part;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto plain = pawfect::unpacked(std::string(rest), "input");
  if (!plain) expect_one_line(plain.error());

  const std::string_view text = take_part(rest);
  const std::string_view vocabulary = take_part(rest);
  const auto tokenizer = pawfect::ClipTokenizer::from_texts(vocabulary, "vocab", rest, "merges");
  if (!tokenizer) {
    expect_one_line(tokenizer.error());
    return 0;
  }
  const auto out = tokenizer->encode(text);
  expect(out.ids.size() == 77);
  expect(out.ids.front() == tokenizer->start_id());
  expect(out.ids.back() == tokenizer->end_id());
  expect(std::ranges::all_of(out.ids, [](auto id) { return id >= 0; }));
  return 0;
}
