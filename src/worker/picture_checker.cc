#include "worker/picture_checker.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "worker/picture_messages.h"

namespace pawfect {
namespace {

using Answer = Result<CheckedPicture>;

constexpr int kMostPictures = 200;  // of one child: what it may have lost of its memory ends there
constexpr Milliseconds kEndTime{200};
constexpr double kMiB = 1024.0 * 1024.0;

// What becomes of a picture whose child has ended, in plain words.
Answer refusal(const ChildEnd& end, const PictureRequest& request) {
  const auto refuse = [&](const std::string& what) {
    return fail(
        ErrorCode::kBadInput,
        fmt::format("{}: {}; save it anew with another program, or smaller", request.name, what));
  };
  if (end.signal == SIGXCPU)
    return refuse(
        fmt::format("decoding takes more than {} ms of a processor", request.time.count()));
  return refuse(
      fmt::format("the decoder {} while it read the picture; it may have needed more "
                  "than the {:.0f} MiB that are allowed",
                  end.text(), double(request.memory) / kMiB));
}

// One child and its thread's way with it.
class Checking {
 public:
  Checking(const CheckLimits& limits, const ChildProgram& program)
      : limits_(limits), program_(program) {}

  Answer check(int file, const PictureRequest& request) {
    // Nobody but the system or a person sends a SIGKILL that was not sent here; the picture did
    // nothing wrong, and is looked at once more.
    for (int tries = 0;; ++tries) {
      if (auto there = get_child(); !there) return std::unexpected(there.error());
      std::optional<Answer> answer = ask(file, request);
      if (answer) return *std::move(answer);
      const ChildEnd end = child_->kill();
      child_.reset();
      if (end.signal != SIGKILL || tries > 0) return refusal(end, request);
    }
  }

 private:
  Result<void> get_child() {
    if (child_ && pictures_ >= kMostPictures) {
      child_->end(kEndTime);
      child_.reset();
    }
    if (child_ && child_->wait(Milliseconds(0))) child_.reset();  // it died between two pictures
    if (child_) return {};
    auto child = ChildProcess::start(program_);
    if (!child) return std::unexpected(child.error());
    child_ = std::move(*child);
    pictures_ = 0;
    return {};
  }

  // Empty: the child has ended, or is no longer to be believed.
  std::optional<Answer> ask(int file, const PictureRequest& request) {
    ++pictures_;
    ChildChannel& channel = child_->channel();
    const std::array files{file};
    if (!channel.send(to_text(request), files)) return let_end();
    ChildMessage message;
    const Heard heard = channel.receive(message, limits_.time);
    if (heard == Heard::kEnded) return let_end();
    if (heard == Heard::kNothing) {
      child_.reset();
      return fail(ErrorCode::kBadInput,
                  fmt::format("{}: looking at it takes more than {} ms; save it anew with another "
                              "program, or smaller",
                              request.name, limits_.time.count()));
    }
    Answer answer = parse_picture_answer(message.text);
    if (!answer && answer.error().code == ErrorCode::kBug) {
      child_.reset();
      return fail(ErrorCode::kBadInput,
                  fmt::format("{}: the decoder answered nonsense after it; save it anew with "
                              "another program",
                              request.name));
    }
    return answer;
  }

  // It may need a moment to be gone after it closed its channel.
  std::optional<Answer> let_end() {
    child_->wait(kEndTime);
    return std::nullopt;
  }

  const CheckLimits& limits_;
  const ChildProgram& program_;
  std::unique_ptr<ChildProcess> child_;
  int pictures_ = 0;
};

}  // namespace

class PictureChecker::Children {
 public:
  Children(CheckLimits limits, ChildProgram program)
      : limits_(limits), program_(std::move(program)) {}

  ~Children() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    there_is_work_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  Answer check(int file, As what, std::string_view name) {
    // Shared: whoever answers may still hold it when the answer is already read.
    const auto task = std::make_shared<Task>(
        PictureRequest{what, std::string(name), limits_.image, limits_.time, limits_.memory}, file);
    std::future<Answer> answer = task->answer.get_future();
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(task);
      // A child dies with the thread that started it, so each has one that stays.
      if (std::ssize(threads_) < limits_.children && idle_ < std::ssize(tasks_))
        threads_.emplace_back([this] { serve(); });
    }
    there_is_work_.notify_one();
    return answer.get();
  }

 private:
  struct Task {
    Task(PictureRequest asked, int open_file) : request(std::move(asked)), file(open_file) {}

    PictureRequest request;
    int file;
    std::promise<Answer> answer;
  };

  void serve() {
    Checking checking(limits_, program_);
    while (const auto task = next())
      task->answer.set_value(checking.check(task->file, task->request));
  }

  std::shared_ptr<Task> next() {
    std::unique_lock lock(mutex_);
    ++idle_;
    there_is_work_.wait(lock, [&] { return is_over_ || !tasks_.empty(); });
    --idle_;
    if (tasks_.empty()) return nullptr;
    const std::shared_ptr<Task> task = tasks_.front();
    tasks_.pop_front();
    return task;
  }

  const CheckLimits limits_;
  const ChildProgram program_;

  std::mutex mutex_;  // guards all below
  std::condition_variable there_is_work_;
  std::deque<std::shared_ptr<Task>> tasks_;
  std::vector<std::thread> threads_;
  std::int64_t idle_ = 0;
  bool is_over_ = false;
};

PictureChecker::PictureChecker(CheckLimits limits, ChildProgram program)
    : children_(std::make_unique<Children>(limits, std::move(program))) {}
PictureChecker::~PictureChecker() = default;

Result<CheckedPicture> PictureChecker::check(int file, As what, std::string_view name) {
  return children_->check(file, what, name);
}

}  // namespace pawfect
