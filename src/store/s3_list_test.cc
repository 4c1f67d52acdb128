#include "store/s3_list.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pawfect {
namespace {

using ::testing::HasSubstr;

std::string object(std::string_view key, std::string_view size = "7",
                   std::string_view time = "2026-11-28T07:09:49.000Z") {
  return fmt::format(
      "<Contents><Key>{}</Key><LastModified>{}</LastModified><ETag>&quot;d41d&quot;</ETag>"
      "<Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
      key, time, size);
}

std::string page(std::string_view objects, std::string_view is_truncated = "false") {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n"
      "  <Name>b</Name><Prefix/><MaxKeys>1000</MaxKeys><IsTruncated>{}</IsTruncated>{}"
      "</ListBucketResult>",
      is_truncated, objects);
}

std::string problem(const std::string& text) {
  const auto list = parse_s3_list(text);
  if (list) return "it was read";
  EXPECT_EQ(list.error().code, ErrorCode::kUnavailable);
  return list.error().message;
}

TEST(S3List, GivesKeysSizesAndTimes) {
  const auto list =
      parse_s3_list(page(object("a/b-c.d") + object("a/b_c", "0", "1970-01-01T00:00:01Z"), "true"));
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_TRUE(list->is_truncated);
  ASSERT_EQ(list->objects.size(), 2u);
  EXPECT_EQ(list->objects[0],
            (S3Object{.key = "a/b-c.d", .size = 7, .written = wall_time(1795849789000)}));
  EXPECT_EQ(list->objects[1], (S3Object{.key = "a/b_c", .size = 0, .written = wall_time(1000)}));
}

TEST(S3List, AnEmptyBucketHasNoObjects) {
  const auto list = parse_s3_list(page(""));
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_TRUE(list->objects.empty());
  EXPECT_FALSE(list->is_truncated);
}

TEST(S3List, ReadsTimesToTheMillisecondAndPassesOverFinerDigits) {
  const auto list = parse_s3_list(page(object("a", "7", "2024-02-29T23:59:59.1239999Z")));
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(since_1970_ms(list->objects[0].written), 1709251199123);
}

TEST(S3List, ForeignKeysWithEntitiesAndAnyCharactersAreReadToo) {
  const auto list = parse_s3_list(page(object("a&amp;b&#x1;&lt;&#228;")));
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->objects[0].key, "a&b\x01<\xc3\xa4");
}

TEST(S3List, OrderIsThatOfBytes) {
  EXPECT_TRUE(parse_s3_list(page(object("z") + object("&#228;"))));
  EXPECT_THAT(problem(page(object("b") + object("a"))), HasSubstr("not in ascending order"));
  EXPECT_THAT(problem(page(object("a") + object("a"))), HasSubstr("not in ascending order"));
}

TEST(S3List, RefusesValuesThatAreNone) {
  for (const char* size : {"", "-1", "7 ", "0x7", "1234567890123456789"})
    EXPECT_THAT(problem(page(object("a", size))), HasSubstr("no such value of Size")) << size;
  for (const char* time :
       {"", "2026-11-28", "2026-11-28 07:09:49Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-11-28T24:00:00Z", "2026-11-28T07:60:00Z", "2026-11-28T07:09:49",
        "2026-11-28T07:09:49.Z", "2026-11-28T07:09:49.000+01:00", "Sat, 28 Nov 2026 07:09:49 GMT"})
    EXPECT_THAT(problem(page(object("a", "7", time))), HasSubstr("no such value of LastModified"))
        << time;
  EXPECT_THAT(problem(page("", "TRUE")), HasSubstr("no such value of IsTruncated"));
}

TEST(S3List, RefusesWhatIsMissingTwiceOrTooMuch) {
  EXPECT_THAT(problem(page("<Contents><Key>a</Key><Size>1</Size></Contents>")),
              HasSubstr("without Key, Size or LastModified"));
  EXPECT_THAT(problem(page(object(""))), HasSubstr("without Key, Size or LastModified"));
  EXPECT_THAT(problem(page("<IsTruncated>false</IsTruncated>")), HasSubstr("IsTruncated twice"));
  EXPECT_THAT(problem(page("<Contents><Key>a</Key><Key>b</Key></Contents>")),
              HasSubstr("Key twice"));
  EXPECT_THAT(problem("<ListBucketResult></ListBucketResult>"), HasSubstr("IsTruncated missing"));
  std::string many;
  for (int k = 0; k < 1001; ++k) many += object(fmt::format("{:04}", k));
  EXPECT_THAT(problem(page(many)), HasSubstr("more than 1000 objects"));
}

TEST(S3List, AnotherDocumentIsNoList) {
  EXPECT_THAT(problem("<Error><Code>NoSuchBucket</Code></Error>"),
              HasSubstr("no list of a bucket"));
  EXPECT_THAT(problem("<!DOCTYPE html><html></html>"), HasSubstr("cannot be read"));
  EXPECT_THAT(problem(""), HasSubstr("cannot be read"));
}

TEST(S3List, NoPrefixOfAPageIsAPage) {
  const std::string whole = page(object("a/b") + object("a/c&amp;"), "true");
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(parse_s3_list(whole.substr(0, length))) << length;
}

}  // namespace
}  // namespace pawfect
