#include "worker/child_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "worker/test_child.h"

namespace pawfect {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr Milliseconds kLong{20'000};

std::unique_ptr<ChildProcess> start(const ChildProgram& program) {
  auto child = ChildProcess::start(program);
  EXPECT_TRUE(child) << child.error().message;
  return child ? std::move(*child) : nullptr;
}

std::string hear(ChildProcess& child) {
  ChildMessage message;
  EXPECT_EQ(child.channel().receive(message, kLong), Heard::kMessage);
  return message.text;
}

std::string hear_end(ChildProcess& child) {
  ChildMessage message;
  EXPECT_EQ(child.channel().receive(message, kLong), Heard::kEnded);
  const auto end = child.wait(kLong);
  return end ? end->text() : "still there";
}

TEST(ChildProcess, ItIsBornWithItsChannelAndNothingElse) {
  const int leak = open("/dev/null", O_RDONLY);  // not marked close-on-exec
  setenv("PAWFECT_TEST_SECRET", "s3cret", 1);
  setenv("PAWFECT_TEST_PUBLIC_A", "seen", 1);
  ChildProgram program = fakes::test_child("echo");
  program.variables = {"PAWFECT_TEST_PUBLIC_"};
  program.limits.open_files = 40;
  const auto child = start(program);
  const std::string born = hear(*child);
  close(leak);
  EXPECT_THAT(born, HasSubstr("files 40 core 0 open 0 1 2 3 variables"));
  EXPECT_THAT(born, HasSubstr("PAWFECT_TEST_PUBLIC_A=seen"));
  EXPECT_THAT(born, Not(HasSubstr("s3cret")));
}

TEST(ChildProcess, MessagesOfEverySizeComeBack) {
  const auto child = start(fakes::test_child("echo"));
  hear(*child);
  for (const std::size_t size : {std::size_t(1), std::size_t(65'537), ChildChannel::kMostBytes}) {
    std::string text(size, 'x');
    text.back() = 'y';
    ASSERT_TRUE(child->channel().send(text));
    EXPECT_EQ(hear(*child), text);
  }
}

TEST(ChildProcess, WhatIsNoMessageIsNotSent) {
  const auto child = start(fakes::test_child("echo"));
  EXPECT_FALSE(child->channel().send(""));
  EXPECT_FALSE(child->channel().send(std::string(ChildChannel::kMostBytes + 1, 'x')));
  const std::array<int, 5> many{0, 0, 0, 0, 0};
  EXPECT_FALSE(child->channel().send("x", many));
}

TEST(ChildProcess, OpenFilesTravelWithAMessage) {
  const auto child = start(fakes::test_child("echo"));
  hear(*child);
  const FileDescriptor file(memfd_create("test", MFD_CLOEXEC));
  ASSERT_EQ(write(file.get(), "hello", 5), 5);
  const std::array<int, 1> files{file.get()};
  ASSERT_TRUE(child->channel().send("take this", files));
  ChildMessage message;
  ASSERT_EQ(child->channel().receive(message, kLong), Heard::kMessage);
  ASSERT_EQ(message.files.size(), 1u);
  EXPECT_NE(message.files[0].get(), file.get());
  std::array<char, 5> read{};
  EXPECT_EQ(pread(message.files[0].get(), read.data(), read.size(), 0), 5);
  EXPECT_EQ(std::string(read.data(), read.size()), "hello");
}

TEST(ChildProcess, SilenceIsToldFromTheEnd) {
  const auto child = start(fakes::test_child("echo"));
  hear(*child);
  ChildMessage message;
  EXPECT_EQ(child->channel().receive(message, Milliseconds(0)), Heard::kNothing);
  EXPECT_EQ(child->wait(Milliseconds(0)), std::nullopt);
  ASSERT_TRUE(child->channel().send("crash"));
  EXPECT_EQ(hear_end(*child), "was ended by signal 11 (Segmentation fault)");
}

TEST(ChildProcess, NonsenseFromTheChildIsTheEndOfTheChannel) {
  const auto child = start(fakes::test_child("echo"));
  hear(*child);
  ASSERT_TRUE(child->channel().send("nonsense"));
  ChildMessage message;
  EXPECT_EQ(child->channel().receive(message, kLong), Heard::kEnded);
}

TEST(ChildProcess, ItEndsWhenItIsAsked) {
  const auto child = start(fakes::test_child("echo"));
  hear(*child);
  EXPECT_EQ(child->end(kLong).text(), "ended with status 0");
}

TEST(ChildProcess, ItIsKilledWhenItDoesNot) {
  const auto child = start(fakes::test_child("echo"));
  hear(*child);
  ASSERT_TRUE(child->channel().send("stay"));
  EXPECT_EQ(child->end(Milliseconds(50)).signal, SIGKILL);
  EXPECT_EQ(child->kill().signal, SIGKILL) << "twice does no harm";
}

TEST(ChildProcess, ItDiesWithTheThreadThatStartedIt) {
  std::unique_ptr<ChildProcess> child;
  std::thread([&] {
    child = start(fakes::test_child("echo"));
    hear(*child);
    child->channel().send("stay");
  }).join();
  const auto end = child->wait(kLong);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->signal, SIGKILL);
}

TEST(ChildProcess, AProgramThatIsNotThereIsAnError) {
  const auto child = ChildProcess::start({.file = "/no/such/program"});
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(child.error().message, HasSubstr("/no/such/program: cannot be started"));
}

TEST(ChildProcess, ManyThreadsStartThemAtOnce) {
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        const auto child = start(fakes::test_child("echo"));
        hear(*child);
        // Had another child inherited this one's channel, it would not hear the end.
        if (child->end(kLong).text() == "ended with status 0") ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 40);
}

}  // namespace
}  // namespace pawfect
