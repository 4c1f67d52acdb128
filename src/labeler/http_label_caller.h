// HttpLabelCaller: asks `pawfect labeler` over HTTP: POST /v1/labels, a connection a call, on a
// thread of its own. A labeler that is away, slow, broken or hostile costs a few small buffers for
// the call's time and is counted; only so many calls are under way at once, further ones are
// dropped. Safe from any thread. Its destructor gives up what is under way.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "http/http_call.h"
#include "labeler/label_caller.h"
#include "labeler/label_routes.h"
#include "metrics/service_context.h"

namespace pawfect {

class HttpLabelCaller : public LabelCaller {
 public:
  static constexpr int kMostCalls = 64;
  static constexpr std::size_t kMostAnswerBytes = 64 * 1024;

  // `url` is "http://host:port"; `time` is for a whole call. The context outlives this. Error
  // (kUsage): the address is none.
  static Result<std::unique_ptr<HttpLabelCaller>> make(std::string_view url, Milliseconds time,
                                                       const ServiceContext& context);
  ~HttpLabelCaller() override;
  HttpLabelCaller(const HttpLabelCaller&) = delete;
  HttpLabelCaller& operator=(const HttpLabelCaller&) = delete;

  void ask(const SessionId& session, std::string_view photo) override;

 private:
  HttpLabelCaller(http::CallAddress address, Milliseconds time, const ServiceContext& context);

  http::asio::awaitable<void> call(LabelRequest request);

  const http::CallAddress address_;
  const http::CallLimits limits_;
  ServiceContext context_;
  std::atomic<int> calls_ = 0;  // under way; before io_, whose calls count it down when it goes
  http::asio::io_context io_{1};
  http::asio::executor_work_guard<http::asio::io_context::executor_type> work_{io_.get_executor()};
  std::jthread thread_;
};

}  // namespace pawfect
