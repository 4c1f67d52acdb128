#include "store/s3_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pawfect {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

ServiceConfig::Blobs blobs() {
  return {.s3_endpoint = "https://s3.example.org:9000/",
          .s3_region = "eu-central-1",
          .s3_bucket = "pet-photos",
          .s3_prefix = "Pawfect/v1",
          .s3_access_key = "AKIA123",
          .s3_secret_key = "se/cr+et"};
}

std::string problem(const ServiceConfig::Blobs& wrong) {
  const auto address = S3Address::create(wrong);
  if (address) return "it was taken";
  EXPECT_EQ(address.error().code, ErrorCode::kUsage);
  return address.error().message;
}

TEST(S3Address, PutsBucketFolderAndNameIntoThePath) {
  const auto address = S3Address::create(blobs());
  ASSERT_TRUE(address) << address.error().message;
  EXPECT_EQ(address->bucket_url(), "https://s3.example.org:9000/pet-photos");
  EXPECT_EQ(address->object_url("sessions/1/photo.ab"),
            "https://s3.example.org:9000/pet-photos/Pawfect/v1/sessions/1/photo.ab");
  EXPECT_EQ(address->key("a/b"), "Pawfect/v1/a/b");
  EXPECT_EQ(address->name("Pawfect/v1/a/b"), "a/b");
  EXPECT_EQ(address->place(), "bucket \"pet-photos\" at https://s3.example.org:9000");
}

TEST(S3Address, WithoutAFolderKeysAreNames) {
  ServiceConfig::Blobs plain = blobs();
  plain.s3_prefix = "";
  const auto address = S3Address::create(plain);
  ASSERT_TRUE(address) << address.error().message;
  EXPECT_EQ(address->key("a/b"), "a/b");
  EXPECT_EQ(address->name("a/b"), "a/b");
}

TEST(S3Address, TheListsParametersAreSortedAndEncoded) {
  const auto address = S3Address::create(blobs());
  ASSERT_TRUE(address) << address.error().message;
  EXPECT_EQ(
      address->list_url("s/", "", 10),
      "https://s3.example.org:9000/pet-photos?list-type=2&max-keys=10&prefix=Pawfect%2Fv1%2Fs%2F");
  EXPECT_EQ(address->list_url("", "a b+c=\xc3\xa4~", 1),
            "https://s3.example.org:9000/pet-photos?list-type=2&max-keys=1&prefix=Pawfect%2Fv1%2F"
            "&start-after=a%20b%2Bc%3D%C3%A4~");
}

TEST(S3Address, TakesPlainHostsAndAddresses) {
  for (const char* endpoint : {"http://127.0.0.1:9000", "http://[::1]:9000", "https://minio",
                               "https://s3.eu-central-1.amazonaws.com"}) {
    ServiceConfig::Blobs other = blobs();
    other.s3_endpoint = endpoint;
    EXPECT_TRUE(S3Address::create(other)) << endpoint;
  }
}

TEST(S3Address, RefusesEndpointsAndDoesNotRepeatThem) {
  for (const char* endpoint :
       {"", "s3.example.org", "ftp://host", "http://", "http://user:pass@host", "http://host/path",
        "http://host?x=1", "http://host:0", "http://host:65536", "http://host:", "http://a b",
        "file:///etc/passwd", "http://[::1", "http://host#pass"}) {
    ServiceConfig::Blobs wrong = blobs();
    wrong.s3_endpoint = endpoint;
    EXPECT_THAT(problem(wrong), AllOf(HasSubstr("[blobs] s3_endpoint:"), Not(HasSubstr("pass"))))
        << endpoint;
  }
}

TEST(S3Address, NamesTheKeyThatIsWrong) {
  ServiceConfig::Blobs wrong = blobs();
  for (const char* bucket : {"", "ab", "Upper", "a/b", "..a", "a..b", "-ab"}) {
    wrong.s3_bucket = bucket;
    EXPECT_THAT(problem(wrong), HasSubstr("[blobs] s3_bucket: ")) << bucket;
  }
  wrong = blobs();
  for (const char* region : {"", "EU", "a:b", "a\r\nb"}) {
    wrong.s3_region = region;
    EXPECT_THAT(problem(wrong), HasSubstr("[blobs] s3_region: ")) << region;
  }
  wrong = blobs();
  for (const char* prefix : {"/a", "a//b", "../a", "a/./b", "a b", "\xc3\xa4"}) {
    wrong.s3_prefix = prefix;
    EXPECT_THAT(problem(wrong), HasSubstr("[blobs] s3_prefix: ")) << prefix;
  }
}

TEST(S3Address, ASecretIsNeverRepeated) {
  ServiceConfig::Blobs wrong = blobs();
  wrong.s3_secret_key = "top secret";
  EXPECT_THAT(problem(wrong), AllOf(HasSubstr("[blobs] s3_secret_key: "), Not(HasSubstr("top"))));
  wrong.s3_secret_key = "";
  EXPECT_THAT(problem(wrong), HasSubstr("[blobs] s3_secret_key: nothing found"));
  wrong = blobs();
  wrong.s3_access_key = "a\nb";
  EXPECT_THAT(problem(wrong), HasSubstr("[blobs] s3_access_key: something else"));
}

}  // namespace
}  // namespace pawfect
