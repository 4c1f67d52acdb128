#include "store/file_blob_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <string>

#include "store/test_folder.h"
#include "store/test_process.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;

class AFileBlobStore : public testing::Test {
 protected:
  void open(std::uint64_t least_free = 0) {
    auto opened = FileBlobStore::open(root, least_free);
    ASSERT_TRUE(opened) << opened.error().message;
    store = std::move(*opened);
  }
  void SetUp() override { open(); }

  static fs::path write(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  std::string put(const std::string& bytes) {
    const auto name = store->put("sessions/ab/photo", write(folder.path() / "upload", bytes));
    EXPECT_TRUE(name) << name.error().message;
    return name.value_or("");
  }
  // In place, as a disk does it, but noticed by the time of the change.
  void damage(const std::string& name) const {
    std::ofstream(root / name, std::ios::binary | std::ios::in) << 'x';
    fs::last_write_time(root / name, fs::file_time_type::clock::now() + std::chrono::hours(1));
  }
  bool is_whole(const std::string& name) const {
    const auto blob = store->open(name);
    return blob && *blob;
  }

  fakes::TestFolder folder;
  fs::path root = folder.path() / "blobs";
  std::unique_ptr<FileBlobStore> store;
};

TEST_F(AFileBlobStore, KeepsItsFilesFromOtherUsers) {
  put("a dog");
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_directory()) continue;
    EXPECT_EQ(entry.status().permissions() & fs::perms(077), fs::perms::none) << entry.path();
  }
  EXPECT_EQ(fs::status(root).permissions(), fs::perms::owner_all);
}

TEST_F(AFileBlobStore, SaysThatItsFolderCannotBeMade) {
  const auto nowhere = FileBlobStore::open(folder.path() / "a" / "b", 0);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, ErrorCode::kUnavailable);
  const auto file = FileBlobStore::open(write(folder.path() / "file", "x"), 0);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kUnavailable);
}

TEST_F(AFileBlobStore, LooksAgainAtAFileThatChangedSinceItWasChecked) {
  const std::string name = put("a dog");
  ASSERT_TRUE(is_whole(name));
  damage(name);
  const auto blob = store->open(name);
  ASSERT_FALSE(blob);
  EXPECT_EQ(blob.error().code, ErrorCode::kBadInput);
}

TEST_F(AFileBlobStore, MendsADamagedBlobWhenItIsPutAgain) {
  const std::string name = put("a dog");
  damage(name);
  ASSERT_FALSE(is_whole(name));
  EXPECT_EQ(put("a dog"), name);
  EXPECT_TRUE(is_whole(name));
}

TEST_F(AFileBlobStore, NoticesAFileThatWasCutShort) {
  const std::string name = put("a dog");
  fs::resize_file(root / name, 2);
  EXPECT_FALSE(store->open(name));
}

TEST_F(AFileBlobStore, DoesNotFollowLinks) {
  const std::string name = put("a dog");
  fs::rename(root / name, folder.path() / "outside");
  fs::create_symlink(folder.path() / "outside", root / name);
  EXPECT_FALSE(store->open(name));
  EXPECT_TRUE(store->list("", "", 10)->empty());
  fs::create_directory_symlink(folder.path(), root / "loop");
  EXPECT_TRUE(store->list("", "", 10)->empty());
  EXPECT_EQ(put("a dog"), name);
  EXPECT_TRUE(is_whole(name));
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(root / name)));

  fs::create_symlink("outside", folder.path() / "link");
  EXPECT_FALSE(store->put("sessions/ab/photo", folder.path() / "link"));
}

TEST_F(AFileBlobStore, RemovesTheFoldersOfItsLastBlob) {
  const std::string name = put("a dog");
  ASSERT_TRUE(store->remove(name));
  EXPECT_FALSE(fs::exists(root / "sessions/ab"));
}

TEST_F(AFileBlobStore, RemovesWhatWritersThatDiedLeftLongAgo) {
  const std::string name = put("a dog");
  const fs::path old = write(root / "sessions/ab/.pawfect-1.tmp", "old");
  const fs::path young = write(root / "sessions/ab/.pawfect-2.tmp", "young");
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(2));
  fs::last_write_time(root / name, fs::file_time_type::clock::now() - std::chrono::hours(2));
  EXPECT_EQ(store->list("", "", 10)->size(), 1u);
  open();
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(young));
  EXPECT_TRUE(is_whole(name));
}

TEST_F(AFileBlobStore, IsNotReadyWithTooLittleRoomOnItsDisk) {
  open(UINT64_MAX);
  const auto checked = store->check();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(checked.error().message.find("make room"), std::string::npos);
}

TEST_F(AFileBlobStore, IsNotReadyWhenItsFolderIsGone) {
  fs::remove_all(root);
  EXPECT_FALSE(store->check());
  EXPECT_FALSE(store->list("", "", 10));
}

// Where there is another file system, a file has to be copied from it.
class AFileFromAnotherDisk : public AFileBlobStore {
 protected:
  void SetUp() override {
    struct stat here{}, there{};
    std::string name = "/dev/shm/pawfect-test.XXXXXX";
    if (mkdtemp(name.data()) == nullptr) GTEST_SKIP() << "/dev/shm is not there";
    elsewhere = name;
    ASSERT_EQ(::stat(folder.path().c_str(), &here), 0);
    ASSERT_EQ(::stat(elsewhere.c_str(), &there), 0);
    if (here.st_dev == there.st_dev) GTEST_SKIP() << "/dev/shm is no other file system";
    open();
  }
  void TearDown() override {
    if (!elsewhere.empty()) fs::remove_all(elsewhere);
  }

  fs::path elsewhere;
};

TEST_F(AFileFromAnotherDisk, IsCopiedAndTakenAway) {
  const std::string bytes(300'000, 'x');
  const fs::path file = write(elsewhere / "upload", bytes);
  const auto name = store->put("sessions/ab/photo", file);
  ASSERT_TRUE(name) << name.error().message;
  EXPECT_FALSE(fs::exists(file));
  EXPECT_TRUE(is_whole(*name));
  EXPECT_EQ(fs::file_size(root / *name), bytes.size());
}

TEST_F(AFileFromAnotherDisk, StaysWhereItIsWhenTheDiskIsFull) {
  const fs::path file = write(elsewhere / "upload", std::string(300'000, 'x'));
  Result<std::string> name;
  {
    const fakes::FileSizeLimit limit(100'000);
    name = store->put("sessions/ab/photo", file);
  }
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(name.error().message.find("make room on the disk"), std::string::npos);
  EXPECT_TRUE(fs::exists(file));
  EXPECT_TRUE(store->list("", "", 10)->empty());
  EXPECT_TRUE(fs::is_empty(root / "sessions/ab"));
  EXPECT_TRUE(store->put("sessions/ab/photo", file));
}

}  // namespace
}  // namespace pawfect
