// The promises of BlobStore (store/blob_store.h) as tests, for every adapter alike. An adapter's
// test names its Storage and instantiates the suite:
//
//   INSTANTIATE_TYPED_TEST_SUITE_P(Files, BlobStoreContract, FileStorage);
//
// A Storage is made fresh and empty for each test and has
//   static std::string missing();         empty: it can be tested here; else why not (skipped)
//   std::unique_ptr<BlobStore> open();    a client of its own on the one storage; again after all
//                                         were closed, too
//   void damage(const std::string& name); changes a byte of that blob where it lies
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/sha256.h"
#include "store/blob_store.h"
#include "store/test_folder.h"

namespace pawfect::contract {

template <typename Storage>
class BlobStoreContract : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = Storage::missing(); !why.empty()) GTEST_SKIP() << why;
    storage.emplace();
    store = storage->open();
    other = storage->open();
    ASSERT_TRUE(store && other);
  }

  // A file as an upload or an engine leaves it.
  std::filesystem::path file(std::string_view name, std::string_view bytes) {
    const std::filesystem::path path = folder.path() / name;
    std::ofstream stream(path, std::ios::binary);
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path;
  }
  std::string put(std::string_view prefix, std::string_view bytes) {
    const auto name = store->put(prefix, file("upload", bytes));
    EXPECT_TRUE(name) << name.error().message;
    return name.value_or("");
  }
  static std::string name_of(std::string_view prefix, std::string_view bytes) {
    Sha256 digest;
    digest.add(std::as_bytes(std::span(bytes)));
    return std::string(prefix) + "." + hex(digest.finish());
  }
  // What a reader gets, from the start to the end of the file.
  static std::string bytes_of(BlobStore& from, std::string_view name) {
    const auto blob = from.open(name);
    if (!blob) return blob.error().message;
    if (!*blob) return "it is not there";
    std::string bytes;
    std::array<char, 65536> piece;
    ssize_t count = 0;
    while ((count = ::read((*blob)->file.get(), piece.data(), piece.size())) > 0)
      bytes.append(piece.data(), static_cast<std::size_t>(count));
    EXPECT_EQ((*blob)->size, bytes.size());
    return bytes;
  }
  static std::vector<std::string> names(BlobStore& from, std::string_view prefix,
                                        std::string_view after = {}, int most = 1000) {
    const auto entries = from.list(prefix, after, most);
    EXPECT_TRUE(entries);
    std::vector<std::string> names;
    if (!entries) return names;
    for (const BlobEntry& entry : *entries) names.push_back(entry.name);
    return names;
  }

  fakes::TestFolder folder;
  std::optional<Storage> storage;
  std::unique_ptr<BlobStore> store, other;
};

TYPED_TEST_SUITE_P(BlobStoreContract);

TYPED_TEST_P(BlobStoreContract, OpensWhatWasPutUnderTheDigestOfItsBytes) {
  const auto file = this->file("upload", "a dog");
  const auto name = this->store->put("sessions/ab/photo", file);
  ASSERT_TRUE(name) << name.error().message;
  EXPECT_EQ(*name, this->name_of("sessions/ab/photo", "a dog"));
  EXPECT_FALSE(std::filesystem::exists(file));
  for (BlobStore* client : {this->store.get(), this->other.get()}) {
    EXPECT_EQ(this->bytes_of(*client, *name), "a dog");
    EXPECT_EQ(this->bytes_of(*client, *name), "a dog");
  }
}

TYPED_TEST_P(BlobStoreContract, KeepsBlobsOfNothingAndOfManyBytes) {
  std::string large(5 * 1024 * 1024 + 17, ' ');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7919 >> 5);
  for (const std::string& bytes : {std::string(), std::string(1, '\0'), large}) {
    const std::string name = this->put("sessions/ab/photo", bytes);
    EXPECT_EQ(name, this->name_of("sessions/ab/photo", bytes));
    EXPECT_TRUE(this->bytes_of(*this->other, name) == bytes) << bytes.size();
  }
}

TYPED_TEST_P(BlobStoreContract, GivesFilesThatCanBeMapped) {
  const auto blob = this->store->open(this->put("sessions/ab/photo", "a dog"));
  ASSERT_TRUE(blob && *blob);
  void* const bytes = mmap(nullptr, 5, PROT_READ, MAP_PRIVATE, (*blob)->file.get(), 0);
  ASSERT_NE(bytes, MAP_FAILED);
  EXPECT_EQ(std::string_view(static_cast<const char*>(bytes), 5), "a dog");
  munmap(bytes, 5);
}

TYPED_TEST_P(BlobStoreContract, TakesTheSameBytesTwice) {
  const std::string name = this->put("sessions/ab/photo", "a dog");
  const auto file = this->file("again", "a dog");
  const auto again = this->other->put("sessions/ab/photo", file);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, name);
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_EQ(this->names(*this->store, "").size(), 1u);
  const std::string elsewhere = this->put("sessions/cd/photo", "a dog");
  EXPECT_NE(elsewhere, name);
  ASSERT_TRUE(this->store->remove(elsewhere));
  EXPECT_EQ(this->bytes_of(*this->store, name), "a dog");
}

TYPED_TEST_P(BlobStoreContract, SaysThatABlobIsNotThere) {
  const auto blob = this->store->open(this->name_of("sessions/ab/photo", "a dog"));
  ASSERT_TRUE(blob) << blob.error().message;
  EXPECT_FALSE(*blob);
}

TYPED_TEST_P(BlobStoreContract, RemovesABlob) {
  const std::string name = this->put("sessions/ab/photo", "a dog");
  const std::string stays = this->put("sessions/ab/mask", "a hole");
  ASSERT_TRUE(this->other->remove(name));
  const auto blob = this->store->open(name);
  ASSERT_TRUE(blob);
  EXPECT_FALSE(*blob);
  EXPECT_EQ(this->names(*this->store, ""), std::vector{stays});
  EXPECT_TRUE(this->store->remove(name));
  EXPECT_TRUE(this->store->remove(this->name_of("never/there", "")));
  // And it may come again.
  EXPECT_EQ(this->put("sessions/ab/photo", "a dog"), name);
  EXPECT_EQ(this->bytes_of(*this->other, name), "a dog");
}

TYPED_TEST_P(BlobStoreContract, KeepsAnOpenBlobReadableWhenItIsRemoved) {
  const std::string name = this->put("sessions/ab/photo", "a dog");
  const auto blob = this->store->open(name);
  ASSERT_TRUE(blob && *blob);
  ASSERT_TRUE(this->other->remove(name));
  std::array<char, 5> bytes{};
  EXPECT_EQ(::read((*blob)->file.get(), bytes.data(), bytes.size()), 5);
  EXPECT_EQ(std::string_view(bytes.data(), bytes.size()), "a dog");
}

TYPED_TEST_P(BlobStoreContract, NoticesBytesThatAreNotItsOwnAnyMore) {
  const std::string name = this->put("sessions/ab/photo", "a dog");
  this->storage->damage(name);
  for (BlobStore* client : {this->store.get(), this->other.get()}) {
    const auto blob = client->open(name);
    ASSERT_FALSE(blob);
    EXPECT_EQ(blob.error().code, ErrorCode::kBadInput);
    EXPECT_NE(blob.error().message.find(name), std::string::npos) << blob.error().message;
  }
}

TYPED_TEST_P(BlobStoreContract, RefusesNamesThatAreNone) {
  const std::string digest = this->name_of("", "").substr(1);
  for (const std::string& prefix :
       {std::string(), std::string("../photo"), std::string("/photo"), std::string("a//b"),
        std::string("a/../b"), std::string("a/."), std::string("A"), std::string("a b"),
        std::string("a\\b"), std::string("%2e%2e/a"), std::string("a\0b", 3), std::string("\u00e4"),
        std::string(200, 'a'), std::string("a/b/c/d/e/f/g/h/i")}) {
    const auto file = this->file("upload", "a dog");
    const auto put = this->store->put(prefix, file);
    ASSERT_FALSE(put) << prefix;
    EXPECT_EQ(put.error().code, ErrorCode::kBadInput) << prefix;
    EXPECT_TRUE(std::filesystem::exists(file)) << prefix;
    const std::string name = prefix + "." + digest;
    EXPECT_FALSE(this->store->open(name)) << name;
    EXPECT_FALSE(this->store->remove(name)) << name;
  }
  for (const std::string& name :
       {std::string("sessions/ab/photo"), "sessions/ab/photo." + digest.substr(1),
        "sessions/ab/photo." + digest + "0", "sessions/ab/photo" + digest, digest, "." + digest,
        std::string("sessions/ab/photo.") + std::string(64, 'g')}) {
    EXPECT_FALSE(this->store->open(name)) << name;
    EXPECT_FALSE(this->store->remove(name)) << name;
  }
  EXPECT_TRUE(this->names(*this->store, "").empty());
}

TYPED_TEST_P(BlobStoreContract, RefusesAFileThatIsNotThere) {
  EXPECT_FALSE(this->store->put("sessions/ab/photo", this->folder.path() / "nowhere"));
  EXPECT_TRUE(this->names(*this->store, "").empty());
}

TYPED_TEST_P(BlobStoreContract, ListsPageByPageInTheOrderOfTheNames) {
  std::vector<std::string> all;
  for (const char* prefix :
       {"sessions/a/photo", "sessions/a/mask", "sessions/a-b/photo", "sessions/a.b/photo",
        "sessions/ab/photo", "sessions/b/photo", "results/a/1", "results/a/2"}) {
    for (const char* bytes : {"one", "two"}) all.push_back(this->put(prefix, bytes));
  }
  std::ranges::sort(all);
  EXPECT_EQ(this->names(*this->other, ""), all);
  std::vector<std::string> paged;
  while (true) {
    const auto page = this->names(*this->other, "", paged.empty() ? "" : paged.back(), 3);
    ASSERT_LE(page.size(), 3u);
    if (page.empty()) break;
    paged.insert(paged.end(), page.begin(), page.end());
    ASSERT_LE(paged.size(), all.size());
  }
  EXPECT_EQ(paged, all);
}

TYPED_TEST_P(BlobStoreContract, ListsWhatBeginsWithThePrefix) {
  const std::string photo = this->put("sessions/a/photo", "a dog");
  const std::string mask = this->put("sessions/a/mask", "a hole");
  const std::string cat = this->put("sessions/ab/photo", "a cat");
  this->put("results/a/1", "a lawn");
  EXPECT_EQ(this->names(*this->other, "sessions/a/"), (std::vector{mask, photo}));
  EXPECT_EQ(this->names(*this->other, "sessions/a/p"), std::vector{photo});
  EXPECT_EQ(this->names(*this->other, "sessions/a"), (std::vector{mask, photo, cat}));
  EXPECT_EQ(this->names(*this->other, "sessions/a/", mask), std::vector{photo});
  EXPECT_TRUE(this->names(*this->other, "sessions/a/", photo).empty());
  EXPECT_TRUE(this->names(*this->other, "nothing").empty());
  const auto entries = this->store->list("sessions/a/photo", "", 1);
  ASSERT_TRUE(entries && entries->size() == 1);
  EXPECT_EQ(entries->front().size, 5u);
  EXPECT_GT(entries->front().written, wall_time(1'600'000'000'000));
}

TYPED_TEST_P(BlobStoreContract, LetsManyPutReadListAndRemoveAtOnce) {
  constexpr int kThreads = 4, kBlobs = 15;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        BlobStore& client = i % 2 == 0 ? *this->store : *this->other;
        for (int k = 0; k < kBlobs; ++k) {
          const std::string bytes = std::to_string(k);
          const auto file = this->file("upload-" + std::to_string(i), bytes);
          // Folders that come and go under each other's hands.
          const auto name = client.put("sessions/" + bytes + "/" + std::to_string(i), file);
          ASSERT_TRUE(name) << name.error().message;
          EXPECT_EQ(this->bytes_of(client, *name), bytes);
          const auto listed = client.list("sessions/", "", 1000);
          EXPECT_TRUE(listed) << listed.error().message;
          if (k % 3 == 0) continue;
          EXPECT_TRUE(client.remove(*name));
        }
      });
    }
  }
  EXPECT_EQ(this->names(*this->store, "").size(), std::size_t{kThreads * kBlobs / 3});
}

TYPED_TEST_P(BlobStoreContract, KeepsBlobsWhenAllClientsHaveGone) {
  const std::string name = this->put("sessions/ab/photo", "a dog");
  this->store.reset();
  this->other.reset();
  this->store = this->storage->open();
  EXPECT_EQ(this->bytes_of(*this->store, name), "a dog");
  EXPECT_EQ(this->names(*this->store, ""), std::vector{name});
}

TYPED_TEST_P(BlobStoreContract, IsReadyWhenAWriteWouldWork) {
  EXPECT_TRUE(this->store->check());
  EXPECT_TRUE(this->names(*this->store, "").empty());
}

REGISTER_TYPED_TEST_SUITE_P(BlobStoreContract, OpensWhatWasPutUnderTheDigestOfItsBytes,
                            KeepsBlobsOfNothingAndOfManyBytes, GivesFilesThatCanBeMapped,
                            TakesTheSameBytesTwice, SaysThatABlobIsNotThere, RemovesABlob,
                            KeepsAnOpenBlobReadableWhenItIsRemoved,
                            NoticesBytesThatAreNotItsOwnAnyMore, RefusesNamesThatAreNone,
                            RefusesAFileThatIsNotThere, ListsPageByPageInTheOrderOfTheNames,
                            ListsWhatBeginsWithThePrefix, LetsManyPutReadListAndRemoveAtOnce,
                            KeepsBlobsWhenAllClientsHaveGone, IsReadyWhenAWriteWouldWork);

}  // namespace pawfect::contract
