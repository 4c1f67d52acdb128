#include "store/blob_store_contract.h"
#include "store/file_blob_store.h"
#include "store/test_folder.h"

namespace pawfect::contract {
namespace {

class BlobFolder {
 public:
  static std::string missing() { return {}; }
  std::unique_ptr<BlobStore> open() { return FileBlobStore::open(folder_.path(), 0).value(); }
  void damage(const std::string& name) {
    std::fstream file(folder_.path() / name, std::ios::binary | std::ios::in | std::ios::out);
    const char first = static_cast<char>(file.get());
    file.seekp(0);
    file.put(static_cast<char>(first ^ 1));
    ASSERT_TRUE(file.flush());
  }

 private:
  fakes::TestFolder folder_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Files, BlobStoreContract, BlobFolder);

}  // namespace
}  // namespace pawfect::contract
