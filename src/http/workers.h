// Workers: threads for what a handler must not do on the network thread, because it waits for a
// disk, a store or a child. The owner joins them by destroying this.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace pawfect::http {

namespace asio = boost::asio;

class Workers {
 public:
  explicit Workers(int threads) : pool_(static_cast<std::size_t>(threads)) {}
  ~Workers() { pool_.join(); }

  // Runs `work` on one of the threads and comes back to the caller's executor with what it
  // returned.
  template <typename Work>
  asio::awaitable<decltype(std::declval<Work>()())> run(Work work) {
    co_return co_await asio::co_spawn(
        pool_,
        [work = std::move(work)]() mutable -> asio::awaitable<decltype(std::declval<Work>()())> {
          co_return work();
        },
        asio::use_awaitable);
  }

 private:
  asio::thread_pool pool_;
};

}  // namespace pawfect::http
