// The S3 adapter against a real S3 server, moto's; skipped where that is not installed.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include "base/sha256.h"
#include "store/s3_blob_store.h"
#include "store/test_s3_folder.h"
#include "store/test_s3_server.h"

namespace pawfect {
namespace {

using fakes::read_blob;
using fakes::TestS3Server;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

#define NEEDS_S3_SERVER() \
  if (const std::string why = TestS3Server::missing(); !why.empty()) GTEST_SKIP() << why

class S3Server : public ::testing::Test {
 protected:
  std::unique_ptr<BlobStore> store(const S3BlobSetup& setup) {
    auto opened = open_s3_blob_store(setup);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  static S3Access access(const S3BlobSetup& setup) {
    return {setup.blobs.s3_region, setup.blobs.s3_access_key, setup.blobs.s3_secret_key};
  }
  std::string put(BlobStore& blobs, std::string_view prefix, const std::string& bytes) {
    const auto name = blobs.put(prefix, folder_.file(bytes));
    EXPECT_TRUE(name) << name.error().message;
    return name.value_or("");
  }
  static std::vector<std::string> names(const Result<std::vector<BlobEntry>>& entries) {
    EXPECT_TRUE(entries) << entries.error().message;
    std::vector<std::string> out;
    if (entries)
      for (const BlobEntry& entry : *entries) out.push_back(entry.name);
    return out;
  }

  fakes::S3Folder folder_;
};

// A user of the server's own, with all rights on S3 and keys that it made up.
bool make_user(const std::string& url, S3BlobSetup& setup) {
  const std::string command =
      TestS3Server::program("python") +
      " -c 'import boto3, json\n"
      "iam = boto3.client(\"iam\", endpoint_url=\"" +
      url +
      "\", region_name=\"us-east-1\", aws_access_key_id=\"a\", aws_secret_access_key=\"b\")\n"
      "iam.create_user(UserName=\"u\")\n"
      "key = iam.create_access_key(UserName=\"u\")[\"AccessKey\"]\n"
      "iam.put_user_policy(UserName=\"u\", PolicyName=\"p\", PolicyDocument=json.dumps({\n"
      "    \"Version\": \"2012-10-17\",\n"
      "    \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}]}))\n"
      "print(key[\"AccessKeyId\"])\nprint(key[\"SecretAccessKey\"])'";
  std::FILE* said = ::popen(command.c_str(), "r");
  if (!said) return false;
  std::array<char, 200> access{}, secret{};
  const bool is_read = std::fscanf(said, "%199s %199s", access.data(), secret.data()) == 2;
  setup.blobs.s3_access_key = access.data();
  setup.blobs.s3_secret_key = secret.data();
  return ::pclose(said) == 0 && is_read;
}

TEST_F(S3Server, TakesOurSignatureOnEveryRequestAndNoOther) {
  NEEDS_S3_SERVER();
  const TestS3Server server(folder_.path(), {}, "3");  // the three actions of make_user
  ASSERT_FALSE(server.url().empty()) << server.log();
  S3BlobSetup setup = fakes::s3_setup(server.url(), folder_);
  ASSERT_TRUE(make_user(server.url(), setup)) << server.log();
  ASSERT_EQ(server.put_nothing("pet-photos", access(setup)), 200) << server.log();
  const auto blobs = store(setup);
  EXPECT_TRUE(blobs->check());

  const std::string one = put(*blobs, "sessions/a-b.c_d/photo-1.x", "one");
  const std::string two = put(*blobs, "sessions/a-b.c_d/photo-2", std::string(3'000'000, 'x'));
  const auto blob = blobs->open(two);
  ASSERT_TRUE(blob) << blob.error().message;
  ASSERT_TRUE(*blob);
  EXPECT_EQ((*blob)->size, 3'000'000u);
  EXPECT_THAT(names(blobs->list("", "", 10)), ElementsAre(one, two));
  EXPECT_THAT(names(blobs->list("sessions/a-b.c_d/photo", one, 10)), ElementsAre(two));
  EXPECT_THAT(names(blobs->list("none & +=~\xc3\xa4", "", 10)), SizeIs(0));
  const auto removed = blobs->remove(one);
  EXPECT_TRUE(removed) << removed.error().message;
  EXPECT_THAT(names(blobs->list("", "", 10)), ElementsAre(two));

  setup.blobs.s3_secret_key = "another-secret";
  const auto refused = store(setup)->list("", "", 10);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              AllOf(HasSubstr("403 SignatureDoesNotMatch"), Not(HasSubstr("another-secret"))));
}

TEST_F(S3Server, ListsPageByPageAndPassesOverWhatIsNoBlob) {
  NEEDS_S3_SERVER();
  const TestS3Server server(folder_.path());
  ASSERT_FALSE(server.url().empty()) << server.log();
  S3BlobSetup setup = fakes::s3_setup(server.url(), folder_);
  ASSERT_EQ(server.put_nothing("pet-photos", access(setup)), 200) << server.log();
  setup.list_page = 2;
  const auto blobs = store(setup);
  std::vector<std::string> all(5);
  for (std::size_t k = 0; k < all.size(); ++k) all[k] = put(*blobs, fmt::format("s/{}", k), "x");
  // Foreign objects: in our folder and beside it.
  for (const char* key :
       {"pawfect/s/0-foreign", "pawfect/s/2%20%26%3C", "pawfect/s/3%C3%A4", "zoo"})
    ASSERT_EQ(server.put_nothing(std::string("pet-photos/") + key, access(setup)), 200);

  EXPECT_EQ(names(blobs->list("", "", 1000)), all);
  std::vector<std::string> paged;
  while (paged.size() < 100) {
    const auto page = names(blobs->list("s/", paged.empty() ? "" : paged.back(), 2));
    paged.insert(paged.end(), page.begin(), page.end());
    if (page.size() < 2) break;
  }
  EXPECT_EQ(paged, all);
}

TEST_F(S3Server, AnEmptyBlobIsABlob) {
  NEEDS_S3_SERVER();
  const TestS3Server server(folder_.path());
  ASSERT_FALSE(server.url().empty()) << server.log();
  const S3BlobSetup setup = fakes::s3_setup(server.url(), folder_);
  ASSERT_EQ(server.put_nothing("pet-photos", access(setup)), 200) << server.log();
  const auto blobs = store(setup);
  const auto blob = blobs->open(put(*blobs, "s/empty", ""));
  ASSERT_TRUE(blob) << blob.error().message;
  ASSERT_TRUE(*blob);
  EXPECT_EQ(read_blob(**blob), "");
}

TEST_F(S3Server, ABucketThatIsNotThereIsNamedAndNoBlobIsMissing) {
  NEEDS_S3_SERVER();
  const TestS3Server server(folder_.path());
  ASSERT_FALSE(server.url().empty()) << server.log();
  const auto blobs = store(fakes::s3_setup(server.url(), folder_));
  const auto checked = blobs->check();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(checked.error().message, AllOf(HasSubstr("pet-photos"), HasSubstr("404")));
  EXPECT_FALSE(blobs->put("a/b", folder_.file("x")));
  const auto opened = blobs->open("a/b." + std::string(64, 'a'));
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("404 NoSuchBucket"));
}

TEST_F(S3Server, ACertificateThatNobodyVouchesForIsRefusedAtOnce) {
  NEEDS_S3_SERVER();
  const TestS3Server server(folder_.path(), {"--ssl"});
  ASSERT_FALSE(server.url().empty()) << server.log();
  ASSERT_TRUE(server.url().starts_with("https://")) << server.url();
  const auto blob =
      store(fakes::s3_setup(server.url(), folder_))->open("a/b." + std::string(64, 'a'));
  ASSERT_FALSE(blob);
  EXPECT_EQ(blob.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(blob.error().message, HasSubstr("certificate"));
}

}  // namespace
}  // namespace pawfect
