// What blob_store.h promises, held against every adapter alike: files, and a bucket of a real S3
// server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <thread>

#include "store/file_blob_store.h"
#include "store/test_s3_folder.h"
#include "store/test_s3_server.h"

namespace pawfect {
namespace {

using fakes::read_blob;
using fakes::TestS3Server;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class BlobStores : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "files") {
      auto opened = FileBlobStore::open(folder_.path() / "blobs", 0);
      ASSERT_TRUE(opened) << opened.error().message;
      blobs_ = std::move(*opened);
      return;
    }
    if (const std::string why = TestS3Server::missing(); !why.empty()) GTEST_SKIP() << why;
    server_ = std::make_unique<TestS3Server>(folder_.path());
    ASSERT_FALSE(server_->url().empty()) << server_->log();
    const S3BlobSetup setup = fakes::s3_setup(server_->url(), folder_);
    ASSERT_EQ(server_->put_nothing("pet-photos", {setup.blobs.s3_region, setup.blobs.s3_access_key,
                                                  setup.blobs.s3_secret_key}),
              200);
    auto opened = open_s3_blob_store(setup);
    ASSERT_TRUE(opened) << opened.error().message;
    blobs_ = std::move(*opened);
  }

  std::string put(std::string_view prefix, const std::string& bytes) {
    const auto name = blobs_->put(prefix, folder_.file(bytes));
    EXPECT_TRUE(name) << name.error().message;
    return name.value_or("");
  }
  std::string get(const std::string& name) {
    const auto blob = blobs_->open(name);
    if (!blob) return blob.error().message;
    return *blob ? read_blob(**blob) : "not there";
  }
  std::vector<std::string> list(std::string_view prefix, std::string_view after, int most) {
    const auto entries = blobs_->list(prefix, after, most);
    EXPECT_TRUE(entries) << entries.error().message;
    std::vector<std::string> names;
    if (entries) std::ranges::transform(*entries, std::back_inserter(names), &BlobEntry::name);
    return names;
  }

  fakes::S3Folder folder_;
  std::unique_ptr<TestS3Server> server_;
  std::unique_ptr<BlobStore> blobs_;
};

TEST_P(BlobStores, WhatIsPutIsReadAgainUnderANameThatEndsInItsDigest) {
  const std::string name = put("sessions/s1/photo", "abc");
  EXPECT_EQ(name,
            "sessions/s1/photo."
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "file"));
  EXPECT_EQ(get(name), "abc");
  const std::string large(3'000'000, 'x');
  EXPECT_EQ(get(put("sessions/s1/photo", large)), large);
  EXPECT_EQ(get(put("empty", "")), "");
}

TEST_P(BlobStores, PuttingTheSameAgainTakesTheFileAndChangesNothing) {
  const std::string name = put("a/b", "abc");
  EXPECT_EQ(put("a/b", "abc"), name);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "file"));
  EXPECT_EQ(get(name), "abc");
  EXPECT_THAT(list("", "", 10), ElementsAre(name));
}

TEST_P(BlobStores, ARemovedBlobIsNotThereAndMayBeRemovedAgain) {
  const std::string name = put("a/b", "abc"), other = put("a/c", "abc");
  EXPECT_TRUE(blobs_->remove(name));
  EXPECT_EQ(get(name), "not there");
  EXPECT_TRUE(blobs_->remove(name));
  EXPECT_EQ(get(other), "abc");
  EXPECT_EQ(put("a/b", "abc"), name);
  EXPECT_EQ(get(name), "abc");
}

TEST_P(BlobStores, TheListIsInOrderOfNameAndGoesOnAfterAName) {
  const std::string c = put("s/c", "1"), a = put("s/a", "22"), b = put("s/b-1/x", "333"),
                    other = put("t/a", "4");
  EXPECT_THAT(list("", "", 10), ElementsAre(a, b, c, other));
  EXPECT_THAT(list("s/", "", 2), ElementsAre(a, b));
  EXPECT_THAT(list("s/", b, 2), ElementsAre(c));
  EXPECT_THAT(list("s/b", "", 10), ElementsAre(b));
  EXPECT_THAT(list("none", "", 10), IsEmpty());
  EXPECT_THAT(list("", "", 0), IsEmpty());
}

TEST_P(BlobStores, TheListTellsSizeAndTime) {
  const auto day = std::chrono::hours(24);
  const WallTime now = SystemClock().wall();
  put("s/a", "22");
  const auto entries = blobs_->list("", "", 10);
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_EQ(entries->size(), 1u);
  EXPECT_EQ(entries->front().size, 2u);
  EXPECT_GT(entries->front().written, now - day);
  EXPECT_LT(entries->front().written, now + day);
}

TEST_P(BlobStores, ANameThatIsNoneIsBadInput) {
  for (const char* name : {"", "a", "../a.b", "a/b.0123"}) {
    EXPECT_EQ(blobs_->open(name).error().code, ErrorCode::kBadInput) << name;
    EXPECT_EQ(blobs_->remove(name).error().code, ErrorCode::kBadInput) << name;
  }
  EXPECT_EQ(blobs_->put("A b", folder_.file("x")).error().code, ErrorCode::kBadInput);
  EXPECT_EQ(blobs_->put("a", folder_.path() / "none").error().code, ErrorCode::kUnavailable);
}

TEST_P(BlobStores, AStoreThatCanBeUsedIsReady) { EXPECT_TRUE(blobs_->check()); }

TEST_P(BlobStores, ThreadsPutTheSameAndOtherBlobsAtOnce) {
  {
    std::array<std::jthread, 6> threads;
    for (std::size_t k = 0; k < threads.size(); ++k)
      threads[k] = std::jthread([this, k] {
        const std::filesystem::path file = folder_.path() / std::to_string(k);
        std::ofstream(file, std::ios::binary) << k / 2;
        EXPECT_TRUE(blobs_->put("a/b", file));
      });
  }
  const auto names = list("", "", 10);
  EXPECT_EQ(names.size(), 3u);
  for (const std::string& name : names) EXPECT_THAT(get(name), ::testing::AnyOf("0", "1", "2"));
}

INSTANTIATE_TEST_SUITE_P(Each, BlobStores, ::testing::Values("files", "s3"),
                         [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace pawfect
