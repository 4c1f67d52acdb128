#include "labeler/http_label_caller.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <exception>
#include <utility>

#include "config/config_rules.h"
#include "jobs/strict_json.h"

namespace pawfect {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

constexpr auto kResult = asio::as_tuple(asio::use_awaitable);
constexpr std::string_view kScheme = "http://";

std::string_view outcome_of(const beast::error_code& error) {
  if (error == beast::error::timeout) return "timeout";
  // What the peer sent is no HTTP, too much of it, or broken off in the middle.
  const bool is_garbage =
      error.category() == make_error_code(beast::http::error::bad_version).category();
  if (is_garbage && error != beast::http::error::end_of_stream) return "garbage";
  return "refused";
}

std::string_view outcome_of(const beast::http::response<beast::http::string_body>& answer) {
  if (beast::http::to_status_class(answer.result()) != beast::http::status_class::successful)
    return "status";
  const auto json = parse_object(answer.body(), "answer", {HttpLabelCaller::kMostAnswerBytes, 8});
  if (!json) return "garbage";
  Fields fields(*json, "answer");
  const bool is_accepted = fields.boolean("accepted");
  return is_accepted && fields.verdict() ? "accepted" : "garbage";
}

}  // namespace

Result<std::unique_ptr<HttpLabelCaller>> HttpLabelCaller::make(std::string_view url,
                                                               Milliseconds time,
                                                               const ServiceContext& context) {
  if (!is_http_url(url)) {
    return fail(ErrorCode::kUsage,
                fmt::format("[labeler] url: found '{}'; allowed: {}", url, kPlainHttpForm));
  }
  const std::string_view place = url.substr(kScheme.size());
  // The colon before the port, not one of those in "[::1]".
  const std::size_t bracket = place.find(']');
  const std::size_t colon = place.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string_view host = place.substr(0, colon);
  const std::string_view port = colon == std::string_view::npos ? "80" : place.substr(colon + 1);
  if (bracket != std::string_view::npos) host = host.substr(1, bracket - 1);
  return std::unique_ptr<HttpLabelCaller>(
      new HttpLabelCaller(std::string(host), std::string(port), time, context));
}

HttpLabelCaller::HttpLabelCaller(std::string host, std::string port, Milliseconds time,
                                 const ServiceContext& context)
    : host_(std::move(host)),
      port_(std::move(port)),
      time_(time),
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
  const std::string_view outcome = co_await post(to_text(request));
  const Milliseconds took = context_.clock.monotonic() - start;
  context_.metrics.labeler_call(outcome, std::chrono::duration<double>(took).count());
  const std::initializer_list<Field> fields = {
      {"session", request.session.text()}, {"outcome", outcome}, {"ms", took.count()}};
  if (outcome == "accepted") {
    context_.log.debug("labeler_call", fields);
  } else {
    context_.log.warning("labeler_call", fields);
  }
}

asio::awaitable<std::string_view> HttpLabelCaller::post(std::string body) {
  // The system's resolver cannot be interrupted and has limits of its own.
  tcp::resolver resolver(io_);
  const auto [unknown, endpoints] = co_await resolver.async_resolve(host_, port_, kResult);
  if (unknown) co_return "refused";

  beast::tcp_stream stream(io_);
  stream.expires_after(time_);  // for all that follows
  const auto [unreachable, endpoint] = co_await stream.async_connect(endpoints, kResult);
  if (unreachable) co_return outcome_of(unreachable);

  beast::http::request<beast::http::string_body> request(beast::http::verb::post, "/v1/labels", 11);
  request.set(beast::http::field::host, fmt::format("{}:{}", host_, port_));
  request.set(beast::http::field::content_type, "application/json");
  request.keep_alive(false);
  request.body() = std::move(body);
  request.prepare_payload();
  const auto [unsent, sent] = co_await beast::http::async_write(stream, request, kResult);
  if (unsent) co_return outcome_of(unsent);

  beast::flat_buffer buffer(kMostHeadBytes + kMostAnswerBytes);
  beast::http::response_parser<beast::http::string_body> answer;
  answer.header_limit(kMostHeadBytes);
  answer.body_limit(kMostAnswerBytes);
  const auto [unread, got] = co_await beast::http::async_read(stream, buffer, answer, kResult);
  if (unread) co_return outcome_of(unread);
  co_return outcome_of(answer.get());
}

}  // namespace pawfect
