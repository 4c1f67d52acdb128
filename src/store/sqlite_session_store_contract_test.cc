#include "store/session_store_contract.h"
#include "store/sqlite_session_store.h"
#include "store/test_folder.h"

namespace pawfect::contract {
namespace {

class SqliteSessions {
 public:
  static std::string missing() { return {}; }
  std::unique_ptr<SessionStore> open() { return SqliteSessionStore::open(folder_.path()).value(); }

 private:
  fakes::TestFolder folder_{fakes::TestFolder::Where::kMemory};
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, SessionStoreContract, SqliteSessions);

}  // namespace
}  // namespace pawfect::contract
