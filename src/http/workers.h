// Workers: threads for what a handler must not do on the network thread, because it waits for a
// disk, a store or a child. The owner joins them by destroying this; what was given to them is done
// before.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace pawfect::http {

namespace asio = boost::asio;

class Workers {
 public:
  explicit Workers(int threads) : pool_(static_cast<std::size_t>(threads)) {}
  ~Workers() { pool_.join(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Runs `work` on one of the threads and comes back to the caller's executor with what it returned
  // or threw. Once begun it is not cancelled: whoever waits, waits for its end.
  template <typename Work>
  asio::awaitable<std::invoke_result_t<Work&>> run(Work work) {
    using Value = std::invoke_result_t<Work&>;
    using Kept = std::conditional_t<std::is_void_v<Value>, std::monostate, Value>;
    std::optional<Kept> value;
    std::exception_ptr failure;
    const auto job = [&value, &failure, &work]() {
      try {
        if constexpr (std::is_void_v<Value>) {
          work();
          value.emplace();
        } else {
          value.emplace(work());
        }
      } catch (...) {
        failure = std::current_exception();
      }
    };
    const auto start = [this, &job](auto handler) {
      const auto back = asio::get_associated_executor(handler);
      asio::post(pool_, [&job, back, guard = asio::make_work_guard(back),
                         done = std::move(handler)]() mutable {
        job();
        asio::post(back, std::move(done));
      });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(start,
                                                                         asio::use_awaitable);
    if (failure) std::rethrow_exception(failure);
    if constexpr (!std::is_void_v<Value>) co_return std::move(*value);
  }

 private:
  asio::thread_pool pool_;
};

}  // namespace pawfect::http
