// JobSignal: lets a coroutine on the network thread wait until the board has something new about a
// job. Costs no thread. Belongs to the coroutine.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "base/clock.h"
#include "jobs/id.h"
#include "store/job_board.h"

namespace pawfect {

class JobSignal {
 public:
  // The board outlives this.
  JobSignal(JobBoard& board, const JobId& id, boost::asio::any_io_executor executor);
  ~JobSignal();
  JobSignal(const JobSignal&) = delete;
  JobSignal& operator=(const JobSignal&) = delete;

  // Returns when there was something since the last call, or the time is over.
  boost::asio::awaitable<void> wait(Milliseconds at_most);

 private:
  struct State {
    explicit State(const boost::asio::any_io_executor& executor) : timer(executor) {}
    boost::asio::steady_timer timer;
    bool is_told = false;  // on the network thread
  };

  JobBoard& board_;
  std::shared_ptr<State> state_;
  JobBoard::Watch watch_;
};

}  // namespace pawfect
