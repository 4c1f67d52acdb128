#include "weights/charsmap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "weights/t5_vocabulary.h"
#include "weights/test_tokens.h"

namespace pawfect {
namespace {

using ::testing::HasSubstr;
using namespace std::string_literals;

// A charsmap made unit by unit (charsmap.cc tells the format). The root's base is 0x100; units that
// are not set belong to nobody.
struct Table {
  std::vector<std::uint32_t> units = std::vector<std::uint32_t>(1024, 0x8000'0000u);
  std::string replacements = "a\0bc\0"s;

  Table() { units[0] = 0x100u << 10; }

  // The byte leads from the node at `from` to the one at `to`.
  void step(std::uint32_t from, std::uint32_t byte, std::uint32_t to, bool is_match = false) {
    units[from ^ byte] = (from ^ byte ^ to) << 10 | std::uint32_t{is_match} << 8 | byte;
  }
  void leaf(std::uint32_t node, std::uint32_t value) { units[node] = 0x8000'0000u | value; }

  std::string bytes() const {
    const std::uint32_t length = std::uint32_t(units.size() * 4);
    return std::string(reinterpret_cast<const char*>(&length), 4) +
           std::string(reinterpret_cast<const char*>(units.data()), length) + replacements;
  }
};

std::string refusal(const std::string& bytes) {
  const auto good = check_charsmap(bytes, "the.file");
  if (good) return "";
  EXPECT_EQ(good.error().code, ErrorCode::kModelMissing);
  EXPECT_THAT(good.error().message, ::testing::StartsWith("the.file: "));
  return good.error().message;
}

Table two_rules() {
  Table table;
  table.step(0x100, 'x', 0x200, true);
  table.leaf(0x200, 0);
  table.step(0x200, 'y', 0x301, true);
  table.leaf(0x301, 2);
  return table;
}

TEST(Charsmap, TakesTheOneOfT5) {
  const auto vocabulary =
      read_spiece(testing::read_all(testing::token_data("spiece.model")), "spiece.model");
  ASSERT_TRUE(vocabulary);
  EXPECT_EQ(vocabulary->precompiled_charsmap.size(), 240007u);
  EXPECT_EQ(refusal(vocabulary->precompiled_charsmap), "");
}

TEST(Charsmap, TakesASmallOne) { EXPECT_EQ(refusal(two_rules().bytes()), ""); }

TEST(Charsmap, RefusesWrongLengths) {
  const std::string good = two_rules().bytes();
  for (const std::size_t length : {0u, 3u, 4u, 5u, 4u + 4096u}) {
    EXPECT_NE(refusal(good.substr(0, length)), "") << length;
  }
  std::string other = good;
  other[0] = 1;
  EXPECT_THAT(refusal(other), HasSubstr("whole number of blocks"));
  other = good;
  other[3] = 0x7F;
  EXPECT_THAT(refusal(other), HasSubstr("longer than the table"));
  EXPECT_NE(refusal(std::string(4, '\0') + "abc"), "");
}

TEST(Charsmap, RefusesStepsThatLeadOutside) {
  Table table = two_rules();
  table.units[0] = 0x400u << 10;
  EXPECT_THAT(refusal(table.bytes()), HasSubstr("leads outside"));
  table = two_rules();
  table.step(0x200, 'z', 0x10'0000);
  EXPECT_THAT(refusal(table.bytes()), HasSubstr("leads outside"));
  table = two_rules();
  table.units[0x200 ^ 'z'] = 0x1F'FFFFu << 10 | 0x200 | 'z';  // the far kind of offset
  EXPECT_THAT(refusal(table.bytes()), HasSubstr("leads outside"));
}

TEST(Charsmap, RefusesReplacementsOutsideOrUnusable) {
  Table table = two_rules();
  table.leaf(0x301, 5);
  EXPECT_THAT(refusal(table.bytes()), HasSubstr("replacement"));
  table.leaf(0x301, 0x7FFF'FFFF);
  EXPECT_THAT(refusal(table.bytes()), HasSubstr("replacement"));
  table = two_rules();
  table.replacements = "a\0bc"s;  // without an end
  EXPECT_THAT(refusal(table.bytes()), HasSubstr("replacement"));
  table.replacements = "a\0\xFF\0"s;
  EXPECT_THAT(refusal(table.bytes()), HasSubstr("replacement"));
  table.replacements = "a\0"s + std::string(257, 'b') + '\0';
  EXPECT_THAT(refusal(table.bytes()), HasSubstr("too long"));
  table.replacements = "a\0"s + std::string(256, 'b') + '\0';
  EXPECT_EQ(refusal(table.bytes()), "");
}

TEST(Charsmap, RefusesARing) {
  Table table = two_rules();
  table.step(0x301, 'z', 0x200);
  EXPECT_THAT(refusal(table.bytes()), HasSubstr("ring"));
}

TEST(Charsmap, TakesPartsThatAreShared) {
  Table table = two_rules();
  table.step(0x100, 'w', 0x301, true);
  EXPECT_EQ(refusal(table.bytes()), "");
}

// A chain of matches, each one byte longer than the last: the library has room for 32.
Table chain(int matches) {
  Table table;
  std::uint32_t node = 0x100;
  for (int i = 0; i < matches; ++i) {
    const std::uint32_t next = 0x200 + std::uint32_t(i);
    table.step(node, 0x80 + std::uint32_t(i) * 2, next, true);
    node = next;
  }
  for (int i = 0; i < matches; ++i) table.leaf(0x200 + std::uint32_t(i), 0);
  return table;
}

TEST(Charsmap, RefusesMoreMatchesThanTheLibraryHasRoomFor) {
  EXPECT_EQ(refusal(chain(32).bytes()), "");
  EXPECT_THAT(refusal(chain(33).bytes()), HasSubstr("32 matches"));
}

}  // namespace
}  // namespace pawfect
