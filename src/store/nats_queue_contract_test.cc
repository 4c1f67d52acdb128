#include <thread>

#include "store/job_queue_contract.h"
#include "store/nats_queue.h"
#include "store/test_nats_server.h"

namespace pawfect::contract {
namespace {

class NatsMessages {
 public:
  static constexpr Milliseconds kLease{900};
  static constexpr bool kWaitsForDelay = false;
  static constexpr bool kTakesNewPayload = false;

  static std::string missing() { return fakes::TestNatsServer::missing(); }
  std::unique_ptr<JobQueue> open() { return open_queue(); }
  void put_raw(std::string_view payload) { ASSERT_TRUE(open_queue()->put_raw(payload)); }
  void pass(Milliseconds time) { std::this_thread::sleep_for(time); }

 private:
  std::unique_ptr<NatsQueue> open_queue() {
    connections_.push_back(
        NatsConnection::open({.urls = server_.url(), .credentials = "", .prefix = "pets"}).value());
    return NatsQueue::open(*connections_.back(), kLease).value();
  }

  fakes::TestNatsServer server_;
  std::vector<std::unique_ptr<NatsConnection>> connections_;  // outlive the queues
};

INSTANTIATE_TYPED_TEST_SUITE_P(Nats, JobQueueContract, NatsMessages);

}  // namespace
}  // namespace pawfect::contract
