#include <memory>
#include <string>

#include "store/blob_store_contract.h"
#include "store/s3_blob_store.h"
#include "store/test_s3_folder.h"
#include "store/test_s3_server.h"

namespace pawfect::contract {
namespace {

// A bucket of its own on a real server.
class S3Bucket {
 public:
  static std::string missing() { return fakes::TestS3Server::missing(); }

  S3Bucket() { EXPECT_EQ(server_.put_nothing(setup_.blobs.s3_bucket, access()), 200); }

  std::unique_ptr<BlobStore> open() { return open_s3_blob_store(setup_).value(); }

  // Empty where there were bytes.
  void damage(const std::string& name) {
    const ServiceConfig::Blobs& blobs = setup_.blobs;
    const std::string object = blobs.s3_bucket + "/" + blobs.s3_prefix + "/" + name;
    ASSERT_EQ(server_.put_nothing(object, access()), 200);
  }

 private:
  S3Access access() const {
    return {setup_.blobs.s3_region, setup_.blobs.s3_access_key, setup_.blobs.s3_secret_key};
  }

  fakes::S3Folder folder_;
  fakes::TestS3Server server_{folder_.path()};
  S3BlobSetup setup_ = fakes::s3_setup(server_.url(), folder_);
};

INSTANTIATE_TYPED_TEST_SUITE_P(S3, BlobStoreContract, S3Bucket);

}  // namespace
}  // namespace pawfect::contract
