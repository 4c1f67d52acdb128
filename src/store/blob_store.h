// BlobStore: the port to where pictures lie. A blob never changes: its name ends in the SHA-256 of
// its bytes ("sessions/<id>/photo.<64 hexadecimal digits>"), so whoever reads it knows whether it
// is whole, and two writers never meet. Names are blob_name() (jobs/job_message.h). Safe from any
// thread. Errors: kUnavailable when the store cannot be reached or is full, kBadInput for a name
// that is none, a blob that is not there (BlobStore::is_missing) or whose bytes are not its own any
// more.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/file_descriptor.h"

namespace pawfect {

struct OpenBlob {
  FileDescriptor file;  // for reading, at its start; a plain file that can be mapped
  std::uint64_t size = 0;
};

struct BlobEntry {
  std::string name;
  std::uint64_t size = 0;
  WallTime written;
};

class BlobStore {
 public:
  static constexpr std::size_t kDigestLength = 64;

  virtual ~BlobStore() = default;

  // Stores the file's bytes under `prefix` + "." + their SHA-256 and returns that name. The file is
  // taken away when that succeeded. A blob that is there already is left as it is.
  virtual Result<std::string> put(std::string_view prefix, const std::filesystem::path& file) = 0;

  // Checked against its name before it is returned; empty: it is not there.
  virtual Result<std::optional<OpenBlob>> open(std::string_view name) = 0;

  // One that is not there counts as removed.
  virtual Result<void> remove(std::string_view name) = 0;

  // Up to `most` whose names begin with `prefix`, in order of name, after the name `after`.
  virtual Result<std::vector<BlobEntry>> list(std::string_view prefix, std::string_view after,
                                              int most) = 0;

  // Whether a write would work now; for readiness.
  virtual Result<void> check() = 0;

  // The digest at the end of a blob's name, for an ETag; empty when it has none.
  static std::string_view digest_of(std::string_view name);
};

}  // namespace pawfect
