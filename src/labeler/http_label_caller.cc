#include "labeler/http_label_caller.h"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <utility>

#include "jobs/strict_json.h"

namespace pawfect {
namespace {

namespace asio = boost::asio;

// How a call came out: for the metrics, and in more detail for the log.
struct Outcome {
  std::string_view name;
  std::string_view detail;
};

Outcome outcome_of(const std::expected<http::CallAnswer, http::CallFailure>& answer) {
  if (!answer) {
    switch (answer.error()) {
      case http::CallFailure::kTimeout:
        return {"timeout", http::word(answer.error())};
      case http::CallFailure::kGarbage:
      case http::CallFailure::kTooLarge:
        return {"garbage", http::word(answer.error())};
      default:
        return {"refused", http::word(answer.error())};
    }
  }
  if (answer->status < 200 || answer->status > 299) return {"status", "no success"};
  const auto json = parse_object(answer->body, "answer", {HttpLabelCaller::kMostAnswerBytes, 8});
  if (!json) return {"garbage", "no JSON object"};
  Fields fields(*json, "answer");
  const bool is_accepted = fields.boolean("accepted");
  if (!is_accepted || !fields.verdict()) return {"garbage", "not accepted"};
  return {"accepted", "accepted"};
}

}  // namespace

Result<std::unique_ptr<HttpLabelCaller>> HttpLabelCaller::make(std::string_view url,
                                                               Milliseconds time,
                                                               const ServiceContext& context) {
  auto address = http::parse_call_address(url);
  if (!address) return fail(ErrorCode::kUsage, "[labeler] url: " + address.error().message);
  return std::unique_ptr<HttpLabelCaller>(new HttpLabelCaller(*std::move(address), time, context));
}

HttpLabelCaller::HttpLabelCaller(http::CallAddress address, Milliseconds time,
                                 const ServiceContext& context)
    : address_(std::move(address)),
      limits_{time, kMostAnswerBytes},
      context_(context),
      thread_([this] { io_.run(); }) {}

HttpLabelCaller::~HttpLabelCaller() {
  io_.stop();
  thread_.join();
}

void HttpLabelCaller::ask(const SessionId& session, std::string_view photo) {
  if (calls_.fetch_add(1) >= kMostCalls) {
    --calls_;
    context_.metrics.labeler_call("dropped", 0);
    context_.log.warning("labeler_call", {{"session", session.text()}, {"outcome", "dropped"}});
    return;
  }
  asio::co_spawn(
      io_, call({session, std::string(photo)}), [this](const std::exception_ptr& thrown) {
        if (!thrown) return;
        try {
          std::rethrow_exception(thrown);
        } catch (const std::exception& error) {
          context_.log.error("labeler_call", {{"outcome", "exception"}, {"problem", error.what()}});
        }
      });
}

asio::awaitable<void> HttpLabelCaller::call(LabelRequest request) {
  // Also when the call is given up with everything else.
  struct CountDown {
    std::atomic<int>& calls;
    ~CountDown() { --calls; }
  };
  const CountDown count_down{calls_};
  const MonotonicTime start = context_.clock.monotonic();
  const auto answer = co_await http::post_json(address_, "/v1/labels", to_text(request), limits_);
  const Milliseconds took = context_.clock.monotonic() - start;
  const Outcome outcome = outcome_of(answer);
  context_.metrics.labeler_call(outcome.name, std::chrono::duration<double>(took).count());
  const std::initializer_list<Field> fields = {{"session", request.session.text()},
                                               {"outcome", outcome.name},
                                               {"detail", outcome.detail},
                                               {"status", answer ? answer->status : 0},
                                               {"ms", took.count()}};
  if (outcome.name == "accepted") {
    context_.log.debug("labeler_call", fields);
  } else {
    context_.log.warning("labeler_call", fields);
  }
}

}  // namespace pawfect
