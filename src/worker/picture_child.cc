#include "worker/picture_child.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <new>
#include <string>

#include "image/load.h"
#include "image/sniff.h"
#include "worker/child_rights.h"

namespace pawfect {
namespace {

constexpr Milliseconds kIdle{600'000};  // longer between two looks at the channel is not needed
constexpr std::uint64_t kOpenFiles = 64;
constexpr double kMiB = 1024.0 * 1024.0;

// The bytes of an open file. A file that is cut off meanwhile ends this process, and only this.
class Mapping {
 public:
  Mapping(int file, std::size_t size)
      : at_(mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0)), size_(size) {}
  ~Mapping() {
    if (is_there()) munmap(at_, size_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  bool is_there() const { return at_ != MAP_FAILED; }
  std::span<const std::uint8_t> bytes() const {
    return {static_cast<const std::uint8_t*>(at_), size_};
  }

 private:
  void* at_;
  std::size_t size_;
};

Result<CheckedPicture> check_file(int file, const PictureRequest& request,
                                  const PictureCheck& check) {
  struct stat found{};
  if (fstat(file, &found) != 0 || !S_ISREG(found.st_mode))
    return fail(ErrorCode::kUnavailable, fmt::format("{}: is no file to be mapped", request.name));
  if (found.st_size > request.image.max_bytes) {
    return fail(ErrorCode::kBadInput,
                fmt::format("{}: found {} bytes; allowed are {}; give a smaller file", request.name,
                            found.st_size, request.image.max_bytes));
  }
  if (found.st_size == 0) return check({}, request);
  const Mapping mapping(file, std::size_t(found.st_size));
  if (!mapping.is_there())
    return fail(ErrorCode::kUnavailable, fmt::format("{}: cannot be mapped", request.name));
  try {
    return check(mapping.bytes(), request);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kBadInput,
                fmt::format("{}: decoding takes more than the {:.0f} MiB that are allowed; give a "
                            "smaller picture",
                            request.name, double(request.memory) / kMiB));
  }
}

Result<void> give_up_what_is_not_needed(const PictureRequest& first) {
  if (!set_codec_threads(1))
    return fail(ErrorCode::kUnavailable, "the picture library libvips does not start");
  if (auto limited = limit_more_memory(first.memory); !limited) return limited;
  if (auto limited = limit_files(kOpenFiles); !limited) return limited;
  give_up_system_calls();
  return {};
}

}  // namespace

Result<CheckedPicture> check_picture(std::span<const std::uint8_t> file,
                                     const PictureRequest& request) {
  const auto header = sniff_image(file, request.name, request.image);
  if (!header) return std::unexpected(header.error());
  const std::string container(container_name(header->container));
  if (request.as == PictureChecker::As::kMask) {
    const auto mask = load_grey_bytes(file, request.name, request.image);
    if (!mask) return std::unexpected(mask.error());
    return CheckedPicture{container, mask->width, mask->height};
  }
  const auto photo = load_image_bytes(file, request.name, request.image);
  if (!photo) return std::unexpected(photo.error());
  return CheckedPicture{container, photo->image.width, photo->image.height};
}

int serve_picture_child(ChildChannel& channel, const PictureCheck& check) {
  bool is_ready = false;
  while (true) {
    ChildMessage message;
    const Heard heard = channel.receive(message, kIdle);
    if (heard == Heard::kEnded) return 0;
    if (heard == Heard::kNothing) continue;
    const auto request = parse_picture_request(message.text);
    if (!request || message.files.size() != 1) return int(ErrorCode::kBug);
    Result<void> limited;
    if (!is_ready) limited = give_up_what_is_not_needed(*request);
    is_ready = true;
    if (limited) limited = limit_processor_time(request->time);
    const Result<CheckedPicture> answer =
        limited ? check_file(message.files[0].get(), *request, check)
                : Result<CheckedPicture>(std::unexpected(limited.error()));
    if (!channel.send(to_text(answer))) return 0;
  }
}

}  // namespace pawfect
