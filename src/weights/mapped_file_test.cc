// Mapped files, and what happens when they lose their end.

#include "weights/mapped_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>
#include <utility>
#include <vector>

#include "weights/test_files.h"

namespace pawfect {
namespace {

using namespace testing;
using ::testing::HasSubstr;

constexpr std::size_t kMegabyte = 1U << 20;

std::string refusal(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  return file ? "(taken)" : file.error().message;
}

unsigned sum(std::span<const std::byte> bytes) {
  unsigned total = 0;
  for (const std::byte b : bytes) total += std::to_integer<unsigned>(b);
  return total;
}

TEST(MappedFile, GivesTheBytesOfTheFile) {
  const TestFolder folder;
  const auto file = MappedFile::open(folder.write("a", "some bytes"));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_TRUE(std::ranges::equal(file->bytes(), bytes_of("some bytes")));
  EXPECT_FALSE(file->is_damaged());
}

TEST(MappedFile, SaysWhyAFileCannotBeOpened) {
  const TestFolder folder;
  EXPECT_THAT(refusal(folder.path("none")), HasSubstr("No such file or directory; check the name"));
  EXPECT_THAT(refusal(""), HasSubstr("the name of the weight file is empty"));
  EXPECT_THAT(refusal(folder.path("")), HasSubstr("is a folder; a weight file is a regular file"));
  EXPECT_THAT(refusal(folder.write("empty", "")), HasSubstr("the file is empty"));
  EXPECT_THAT(refusal("/dev/zero"), HasSubstr("is a device"));
  EXPECT_THAT(refusal(folder.path("a\nb")), HasSubstr("a?b: cannot be read"));
}

TEST(MappedFile, DoesNotWaitForAPipe) {
  const TestFolder folder;
  ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(refusal(folder.path("pipe")), HasSubstr("is a pipe; a weight file is"));
}

TEST(MappedFile, LivesWhenTheFileIsCutAndTells) {
  const TestFolder folder;
  const auto path = folder.write("a", std::string(kMegabyte, '\x01'));
  auto file = MappedFile::open(path);
  ASSERT_TRUE(file);
  EXPECT_EQ(sum(file->bytes()), kMegabyte);
  std::filesystem::resize_file(path, 65536);
  EXPECT_EQ(sum(file->bytes().first(65536)), 65536U);  // what is still there is still right
  EXPECT_EQ(sum(file->bytes().subspan(65536)), 0U);
  EXPECT_TRUE(file->is_damaged());
  const MappedFile moved = std::move(*file);
  EXPECT_TRUE(moved.is_damaged());
  EXPECT_EQ(sum(moved.bytes()), 65536U);
}

TEST(MappedFile, TellsOfACutThatRaisedNoSignal) {
  const TestFolder folder;
  const auto path = folder.write("a", std::string(100, '\x01'));
  const auto file = MappedFile::open(path);
  ASSERT_TRUE(file);
  std::filesystem::resize_file(path, 50);  // within the last page
  EXPECT_TRUE(file->is_damaged());
}

TEST(MappedFile, StaysDamagedWhenTheFileGrowsBack) {
  const TestFolder folder;
  const auto path = folder.write("a", std::string(kMegabyte, '\x01'));
  const auto file = MappedFile::open(path);
  ASSERT_TRUE(file);
  std::filesystem::resize_file(path, 0);
  EXPECT_EQ(sum(file->bytes()), 0U);
  std::filesystem::resize_file(path, kMegabyte);
  EXPECT_TRUE(file->is_damaged());
}

TEST(MappedFile, LivesWhenManyThreadsReadTheLostPages) {
  const TestFolder folder;
  const auto path = folder.write("a", std::string(4 * kMegabyte, '\x01'));
  const auto other = MappedFile::open(folder.write("b", std::string(kMegabyte, '\x01')));
  const auto file = MappedFile::open(path);
  ASSERT_TRUE(file && other);
  std::filesystem::resize_file(path, 0);
  std::vector<unsigned> sums(8, 1);
  {
    std::vector<std::jthread> threads;
    threads.reserve(sums.size());
    for (std::size_t i = 0; i < sums.size(); ++i) {
      threads.emplace_back([&, i] {
        // Half of them from the back, so that lost pages are met in every order.
        unsigned total = 0;
        for (std::size_t k = 0; k < 1024; ++k)
          total += sum(file->bytes().subspan((i % 2 == 0 ? k : 1023 - k) * 4096, 4096));
        sums[i] = total;
      });
    }
  }
  EXPECT_EQ(sums, std::vector<unsigned>(8, 0));
  EXPECT_TRUE(file->is_damaged());
  EXPECT_FALSE(other->is_damaged());
  EXPECT_EQ(sum(other->bytes()), kMegabyte);
}

TEST(MappedFile, TakesHintsForAnyRange) {
  const TestFolder folder;
  const auto file = MappedFile::open(folder.write("a", std::string(kMegabyte, '\x01')));
  ASSERT_TRUE(file);
  for (const Advice advice : {Advice::kSequential, Advice::kWillNeed, Advice::kDontNeed}) {
    file->advise(0, kMegabyte, advice);
    file->advise(5000, 10, advice);
    file->advise(kMegabyte - 1, ~std::uint64_t{0}, advice);
    file->advise(~std::uint64_t{0}, 1, advice);
  }
  EXPECT_EQ(sum(file->bytes()), kMegabyte);
}

TEST(MappedFile, CanBeOpenedAgainAndAgainUpToALimit) {
  const TestFolder folder;
  const auto path = folder.write("a", "x");
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(MappedFile::open(path));
  std::vector<MappedFile> files;
  for (std::size_t i = 0; i < GuardedRange::kMost; ++i) {
    auto file = MappedFile::open(path);
    ASSERT_TRUE(file) << file.error().message;
    files.push_back(std::move(*file));
  }
  EXPECT_THAT(refusal(path), HasSubstr("256 weight files are open"));
  files.pop_back();
  EXPECT_TRUE(MappedFile::open(path));
}

// A fault that is not ours goes on to its rightful end.
TEST(MappedFileDeathTest, LeavesForeignFaultsAlone) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const TestFolder folder;
  const auto ours = MappedFile::open(folder.write("a", "x"));
  ASSERT_TRUE(ours);
  EXPECT_DEATH(
      {
        std::FILE* file = std::tmpfile();
        ::ftruncate(::fileno(file), 4096);
        const void* lost = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, ::fileno(file), 0);
        ::ftruncate(::fileno(file), 0);
        std::_Exit(int(*static_cast<const volatile char*>(lost)));
      },
      "");
  EXPECT_DEATH(::raise(SIGBUS), "");
}

}  // namespace
}  // namespace pawfect
