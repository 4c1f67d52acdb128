#include "api/job_signal.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace pawfect {

namespace asio = boost::asio;

JobSignal::JobSignal(JobBoard& board, const JobId& id, asio::any_io_executor executor)
    : board_(board), state_(std::make_shared<State>(executor)) {
  watch_ = board_.watch(id, [state = std::weak_ptr(state_), executor] {
    asio::post(executor, [state] {
      const auto present = state.lock();
      if (!present) return;
      present->is_told = true;
      present->timer.cancel();
    });
  });
}

JobSignal::~JobSignal() { board_.unwatch(watch_); }

asio::awaitable<void> JobSignal::wait(Milliseconds at_most) {
  if (!state_->is_told) {
    state_->timer.expires_after(at_most);
    co_await state_->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  state_->is_told = false;
}

}  // namespace pawfect
