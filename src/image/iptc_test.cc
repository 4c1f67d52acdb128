// IPTC records and Photoshop resources.

#include "image/iptc.h"

#include <gtest/gtest.h>

namespace pawfect {
namespace {

ByteVector data_set(std::uint8_t record, std::uint8_t number, std::string_view text) {
  ByteVector out = {0x1C, record, number};
  append_number(out, std::uint32_t(text.size()), 2, ByteOrder::kBig);
  append(out, text);
  return out;
}

ByteVector joined(std::initializer_list<ByteVector> parts) {
  ByteVector out;
  for (const auto& part : parts) append(out, part);
  return out;
}

ByteVector resource(std::uint16_t id, std::string_view name, ByteSpan data) {
  ByteVector out;
  append(out, "8BIM");
  append_number(out, id, 2, ByteOrder::kBig);
  out.push_back(std::uint8_t(name.size()));
  append(out, name);
  if (out.size() & 1) out.push_back(0);
  append_number(out, std::uint32_t(data.size()), 4, ByteOrder::kBig);
  append(out, data);
  if (data.size() & 1) out.push_back(0);
  return out;
}

const ByteVector kTitle = data_set(2, 5, "A dog"), kCity = data_set(2, 90, "Berlin"),
                 kKeyword = data_set(2, 25, "dog"), kCountry = data_set(2, 101, "Germany"),
                 kContact = data_set(2, 118, "me");

TEST(Iptc, LosesThePlaceAndNothingElse) {
  const auto out = iptc_without_location(joined({kTitle, kCity, kKeyword, kCountry, kContact}));
  ASSERT_TRUE(out);
  EXPECT_EQ(*out, joined({kTitle, kKeyword, kContact}));
}

TEST(Iptc, MayBePaddedButNotBroken) {
  EXPECT_EQ(iptc_without_location(joined({kTitle, {0, 0}})), kTitle);
  EXPECT_FALSE(iptc_without_location(joined({kTitle, {7}})));
  EXPECT_FALSE(iptc_without_location(part(kTitle, 0, kTitle.size() - 1)));
}

TEST(Iptc, ReadsExtendedLengths) {
  const ByteVector extended = {0x1C, 2, 90, 0x80, 4, 0, 0, 0, 3, 'a', 'b', 'c'};
  EXPECT_EQ(iptc_without_location(joined({extended, kTitle})), kTitle);
  EXPECT_FALSE(iptc_without_location(ByteVector{0x1C, 2, 90, 0x80, 9, 0, 0, 0, 3}));
}

TEST(Photoshop, LosesThumbnailsAndStaleCopies) {
  const ByteVector path = resource(0x07D0, "Path 1", ByteVector{1, 2, 3}),
                   dpi = resource(0x03ED, "", ByteVector(16));
  const ByteVector block =
      joined({dpi, resource(0x040C, "", ByteVector{9, 9}), path,
              resource(0x0422, "", ByteVector{1}), resource(0x0424, "odd", ByteVector{1})});
  EXPECT_EQ(edited_photoshop(block, false), joined({dpi, path}));
}

TEST(Photoshop, HasItsIptcStrippedAndTheDigestDropped) {
  const ByteVector digest = resource(0x0425, "", ByteVector(16)),
                   path = resource(0x07D0, "", ByteVector{1, 2, 3});
  const ByteVector block = joined({resource(0x0404, "", joined({kCity, kTitle})), digest, path});
  EXPECT_EQ(edited_photoshop(block, false), block);
  EXPECT_EQ(edited_photoshop(block, true), joined({resource(0x0404, "", kTitle), path}));
  EXPECT_EQ(edited_photoshop(resource(0x0404, "", kCity), true), ByteVector{});
}

TEST(Photoshop, CarriesIptcThereAndBack) {
  const ByteVector block = photoshop_of_iptc(kTitle);
  const ByteSpan found = iptc_of_photoshop(block);
  EXPECT_EQ(ByteVector(found.begin(), found.end()), kTitle);
  EXPECT_TRUE(iptc_of_photoshop(part(block, 0, block.size() - 2)).empty());
}

}  // namespace
}  // namespace pawfect
