#include "worker/picture_checker.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "image/test_files.h"
#include "worker/test_child.h"

namespace pawfect {
namespace {

using As = PictureChecker::As;
using ::testing::HasSubstr;
using ::testing::StartsWith;

FileDescriptor file_of(std::span<const std::uint8_t> bytes) {
  FileDescriptor file(memfd_create("picture", MFD_CLOEXEC));
  EXPECT_EQ(write(file.get(), bytes.data(), bytes.size()), ssize_t(bytes.size()));
  return file;
}

FileDescriptor poison(std::string_view what) {
  const std::string text = "POISON " + std::string(what);
  return file_of({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

FileDescriptor good_picture() {
  return file_of(testing::encoded(testing::smooth(40, 30, 3), Container::kPng));
}

struct APictureChecker : ::testing::Test {
  CheckLimits limits{.children = 2, .time = Milliseconds(20'000), .memory = 512 << 20};
  std::unique_ptr<PictureChecker> made;

  PictureChecker& checker() {
    if (!made) made = std::make_unique<PictureChecker>(limits, fakes::test_child("picture-child"));
    return *made;
  }
  std::string trouble(const FileDescriptor& file, As as = As::kPhoto) {
    const auto checked = checker().check(file.get(), as, "image");
    if (checked) return "";
    EXPECT_EQ(checked.error().code, ErrorCode::kBadInput) << checked.error().message;
    return checked.error().message;
  }
  void expect_good(const FileDescriptor& file) {
    const auto checked = checker().check(file.get(), As::kPhoto, "image");
    ASSERT_TRUE(checked) << checked.error().message;
    EXPECT_EQ(checked->container, "PNG");
    EXPECT_EQ(checked->width, 40);
    EXPECT_EQ(checked->height, 30);
  }
};

TEST_F(APictureChecker, GoodPicturesOfAllKindsAreTold) {
  for (const Container container :
       {Container::kPng, Container::kJpeg, Container::kWebp, Container::kTiff}) {
    const auto file = file_of(testing::encoded(testing::smooth(61, 47, 3), container));
    for (const As as : {As::kPhoto, As::kMask}) {
      const auto checked = checker().check(file.get(), as, "image");
      ASSERT_TRUE(checked) << checked.error().message;
      EXPECT_EQ(checked->container, container_name(container));
      EXPECT_EQ(checked->width, 61);
      EXPECT_EQ(checked->height, 47);
    }
  }
}

TEST_F(APictureChecker, TheSizeIsTheUprightOne) {
  auto entries = testing::tiff_entries(6, 4, 8, 1, 1);
  entries.push_back(testing::shorts(274, {6}));
  const auto file = file_of(testing::tiff_file(entries, ByteVector(24, 100)));
  const auto checked = checker().check(file.get(), As::kPhoto, "image");
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(checked->width, 4);
  EXPECT_EQ(checked->height, 6);
}

TEST_F(APictureChecker, WhatIsNoPictureIsRefusedWithTheFieldsName) {
  EXPECT_THAT(trouble(file_of({})), HasSubstr("image"));
  EXPECT_THAT(trouble(poison("of no kind")), HasSubstr("image"));
}

TEST_F(APictureChecker, ATruncatedPictureIsRefusedThoughItsHeaderIsGood) {
  for (const Container container :
       {Container::kPng, Container::kJpeg, Container::kWebp, Container::kTiff}) {
    auto bytes = testing::encoded(testing::noise(200, 150, 3, SampleDepth::k8), container);
    bytes.resize(bytes.size() / 2);
    EXPECT_NE(trouble(file_of(bytes)), "") << container_name(container);
  }
}

TEST_F(APictureChecker, ABombIsRefusedByItsHeader) {
  ByteVector bomb;
  append(bomb, kPngSignature);
  testing::add_png_chunk(bomb, "IHDR", testing::png_header(50'000, 50'000, 8, 2));
  testing::add_png_chunk(bomb, "IDAT", deflated(ByteVector(1000, 0)));
  testing::add_png_chunk(bomb, "IEND", {});
  EXPECT_THAT(trouble(file_of(bomb)), HasSubstr("50000"));
  EXPECT_THAT(trouble(file_of(bomb), As::kMask), HasSubstr("50000"));
}

TEST_F(APictureChecker, AFileOverTheLimitIsNotRead) {
  limits.image.max_bytes = 1000;
  EXPECT_THAT(trouble(file_of(ByteVector(1001, 0))), HasSubstr("1001"));
}

TEST_F(APictureChecker, WhatCannotBeMappedIsNotThePicturesFault) {
  const FileDescriptor nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const auto checked = checker().check(nothing.get(), As::kPhoto, "image");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::kUnavailable);
}

TEST_F(APictureChecker, APictureThatKillsItsDecoderIsRefusedAndTheNextOneIsLookedAt) {
  EXPECT_THAT(trouble(poison("crash")), HasSubstr("signal 11 (Segmentation fault)"));
  expect_good(good_picture());
  EXPECT_THAT(trouble(poison("abort")), HasSubstr("signal 6"));
  expect_good(good_picture());
}

TEST_F(APictureChecker, APictureThatTakesAllMemoryIsRefused) {
  limits.memory = 256 << 20;
  EXPECT_THAT(trouble(poison("allocate")), HasSubstr("256 MiB"));
  EXPECT_THAT(trouble(poison("malloc")), HasSubstr("256 MiB"));
  expect_good(good_picture());
}

TEST_F(APictureChecker, APictureThatSpinsIsRefusedInTime) {
  limits.time = Milliseconds(300);
  EXPECT_THAT(trouble(poison("spin")), HasSubstr("more than 300 ms"));
}

TEST_F(APictureChecker, APictureThatHangsIsRefusedInTime) {
  limits.time = Milliseconds(300);
  EXPECT_THAT(trouble(poison("sleep")), HasSubstr("more than 300 ms"));
}

TEST_F(APictureChecker, APictureCannotWriteOrRunAnything) {
  EXPECT_NE(trouble(poison("write")), "");
  EXPECT_FALSE(std::filesystem::exists("/tmp/pawfect-poison-was-written"));
  EXPECT_EQ(trouble(poison("run")), "no program was run");
}

TEST_F(APictureChecker, EightThreadsShareTwoChildren) {
  const auto good = testing::encoded(testing::smooth(40, 30, 3), Container::kJpeg);
  PictureChecker& shared = checker();
  std::atomic<int> found = 0, refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 10; ++round) {
        const auto file = (i + round) % 4 == 0 ? poison("crash") : file_of(good);
        shared.check(file.get(), As::kPhoto, "image") ? ++found : ++refused;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(found, 60);
  EXPECT_EQ(refused, 20);
  EXPECT_LE(fakes::children_here().size(), 2u);
}

TEST_F(APictureChecker, AChildThatIsKilledFromOutsideCostsNobodyAPicture) {
  limits.children = 1;
  expect_good(good_picture());
  for (const pid_t child : fakes::children_here()) kill(child, SIGKILL);
  expect_good(good_picture());

  // In the middle of one.
  std::atomic<bool> is_done = false;
  const auto slow = poison("wait");
  PictureChecker& shared = checker();
  std::thread asking([&] {
    EXPECT_TRUE(shared.check(slow.get(), As::kPhoto, "image"));
    is_done = true;
  });
  std::this_thread::sleep_for(Milliseconds(100));
  for (const pid_t child : fakes::children_here()) kill(child, SIGKILL);
  asking.join();
  EXPECT_TRUE(is_done);
}

TEST_F(APictureChecker, NothingIsLeftBehind) {
  expect_good(good_picture());
  EXPECT_EQ(fakes::children_here().size(), 1u);
  made.reset();
  EXPECT_TRUE(fakes::children_here().empty());
}

TEST_F(APictureChecker, WithoutAProgramItSaysThatItCannotLook) {
  PictureChecker checker(limits, {.file = "/no/such/program"});
  const auto checked = checker.check(good_picture().get(), As::kPhoto, "image");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::kUnavailable);
}

TEST_F(APictureChecker, OneChildLooksAtManyAndIsReplacedWhenItIsUsedUp) {
  limits.children = 1;
  const auto picture = good_picture();
  expect_good(picture);
  const auto first = fakes::children_here();
  for (int i = 0; i < 50; ++i) expect_good(picture);
  EXPECT_EQ(fakes::children_here(), first);
  for (int i = 0; i < 160; ++i) expect_good(picture);
  EXPECT_EQ(fakes::children_here().size(), 1u);
  EXPECT_NE(fakes::children_here(), first);
}

}  // namespace
}  // namespace pawfect
