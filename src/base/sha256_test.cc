#include "base/sha256.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace pawfect {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

struct Vector {
  std::string text;
  const char* digest;
};

// FIPS 180-4's examples (NIST, "SHA256.pdf") and the empty message.
std::vector<Vector> vectors() {
  return {{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
          {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
          {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
           "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
          {std::string(1000000, 'a'),
           "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}};
}

TEST(Sha256, GivesTheStandardsOwnDigests) {
  for (const Sha256::Code code : {Sha256::Code::kPlain, Sha256::Code::kFastest}) {
    for (const Vector& vector : vectors()) {
      Sha256 hash(code);
      hash.add(bytes_of(vector.text));
      EXPECT_EQ(hex(hash.finish()), vector.digest) << vector.text.size();
    }
  }
}

TEST(Sha256, DoesNotCareHowTheBytesArriveOrWhichCodeRuns) {
  std::mt19937 random(7);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string text(size, '\0');
    for (char& c : text) c = char(random());
    Sha256 plain(Sha256::Code::kPlain), pieces;
    plain.add(bytes_of(text));
    for (std::size_t at = 0; at < size;) {
      const std::size_t step = std::min<std::size_t>(1 + random() % 100, size - at);
      pieces.add(bytes_of(text).subspan(at, step));
      at += step;
    }
    ASSERT_EQ(hex(plain.finish()), hex(pieces.finish())) << size;
  }
}

}  // namespace
}  // namespace pawfect
