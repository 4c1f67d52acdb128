#include "store/nats_session_store.h"
#include "store/session_store_contract.h"
#include "store/test_nats_server.h"

namespace pawfect::contract {
namespace {

class NatsSessions {
 public:
  static std::string missing() { return fakes::TestNatsServer::missing(); }
  std::unique_ptr<SessionStore> open() {
    connections_.push_back(
        NatsConnection::open({.urls = server_.url(), .credentials = "", .prefix = "pets"}).value());
    return NatsSessionStore::open(*connections_.back()).value();
  }

 private:
  fakes::TestNatsServer server_;
  std::vector<std::unique_ptr<NatsConnection>> connections_;  // outlive the stores
};

INSTANTIATE_TYPED_TEST_SUITE_P(Nats, SessionStoreContract, NatsSessions);

}  // namespace
}  // namespace pawfect::contract
