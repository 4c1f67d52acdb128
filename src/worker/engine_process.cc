#include "worker/engine_process.h"

#include <utility>

namespace pawfect {
namespace {

constexpr Milliseconds kEndTime{2'000};

}  // namespace

Result<void> EngineProcess::want(const EngineChildSetup& setup) {
  std::string text = to_text(EngineOrder(setup));
  if (child_ && child_->wait(Milliseconds(0))) kill();
  if (child_ && !is_used_up_ && text == setup_) return {};
  kill();
  auto child = ChildProcess::start(program_);
  if (!child) return std::unexpected(child.error());
  child_ = std::move(*child);
  setup_ = std::move(text);
  // A child that cannot take it has ended, which is heard.
  child_->channel().send(setup_);
  return {};
}

void EngineProcess::begin(EngineJob job) {
  job.number = ++number_;
  is_busy_ = child_ != nullptr;
  if (child_) child_->channel().send(to_text(EngineOrder(std::move(job))));
}

std::optional<EngineNews> EngineProcess::hear(Milliseconds wait) {
  if (!child_) return EngineEnded{"was ended"};
  ChildMessage message;
  switch (child_->channel().receive(message, wait)) {
    case Heard::kNothing:
      return std::nullopt;
    case Heard::kEnded:
      return lost();
    case Heard::kMessage:
      break;
  }
  auto answer = parse_engine_answer(message.text);
  if (!answer) {
    kill();
    return EngineEnded{"said what it should not: " + answer.error().message};
  }
  if (std::holds_alternative<EngineReady>(*answer)) is_ready_ = true;
  if (const auto* done = std::get_if<EngineDone>(&*answer)) take_note(done->memory);
  if (const auto* failed = std::get_if<EngineFailed>(&*answer)) {
    // One that could not make its engine ends by itself.
    is_ready_ ? take_note(failed->memory) : kill();
  }
  return std::visit([](auto& one) { return EngineNews(std::move(one)); }, *answer);
}

void EngineProcess::cancel() {
  if (child_) child_->channel().send(to_text(EngineOrder(EngineCancel{number_})));
}

void EngineProcess::kill() {
  if (child_) child_->kill();
  child_.reset();
  setup_.clear();
  is_ready_ = is_busy_ = is_used_up_ = false;
  jobs_ = 0;
  first_memory_ = 0;
}

EngineNews EngineProcess::lost() {
  const auto end = child_->wait(kEndTime);
  const std::string how = end ? end->text() : "closed its channel";
  kill();
  return EngineEnded{how};
}

void EngineProcess::take_note(std::uint64_t memory) {
  is_busy_ = false;
  if (++jobs_ == 1) first_memory_ = memory;
  is_used_up_ = jobs_ >= wear_.most_jobs || memory > first_memory_ + wear_.most_growth;
}

}  // namespace pawfect
