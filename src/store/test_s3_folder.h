// What the tests of the S3 adapter share: a folder that goes with the test, and settings under
// which trying again takes milliseconds.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "store/s3_blob_store.h"
#include "store/test_folder.h"

namespace pawfect::fakes {

class S3Folder {
 public:
  S3Folder() { std::filesystem::create_directory(spool()); }

  const std::filesystem::path& path() const { return folder_.path(); }
  std::filesystem::path spool() const { return path() / "spool"; }
  std::filesystem::path file(const std::string& bytes) const {
    const std::filesystem::path made = path() / "file";
    std::ofstream(made, std::ios::binary) << bytes;
    return made;
  }

 private:
  TestFolder folder_;
};

inline S3BlobSetup s3_setup(const std::string& endpoint, const S3Folder& folder) {
  return {.blobs = {.s3_endpoint = endpoint,
                    .s3_bucket = "pet-photos",
                    .s3_prefix = "pawfect",
                    .s3_access_key = "AKIDEXAMPLE",
                    .s3_secret_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
          .spool = folder.spool(),
          .random = [] { return 0.5; },
          .first_pause = Milliseconds(1),
          .longest_pause = Milliseconds(2)};
}

// All of a blob's file; it stays open.
inline std::string read_blob(const OpenBlob& blob) {
  std::string bytes(blob.size + 1, '\0');
  const ssize_t got = ::pread(blob.file.get(), bytes.data(), bytes.size(), 0);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

}  // namespace pawfect::fakes
