// ChildChannel: one end of the socket between a process and its child. A message is its length (4
// bytes, little-endian), a text of at most 1 MiB (JSON by convention), and up to four open files
// that travel with it. One thread may send while another receives; no more. Every wait has a limit.
// Whatever does not follow the form counts as the end of the channel: the other side is ours, and
// when it writes nonsense it is not to be believed any more.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file_descriptor.h"

namespace pawfect {

struct ChildMessage {
  std::string text;
  std::vector<FileDescriptor> files;
};

enum class Heard {
  kMessage,
  kNothing,  // in that time
  kEnded,    // the other side is gone, or wrote what is no message
};

class ChildChannel {
 public:
  static constexpr std::size_t kMostBytes = 1 << 20;
  static constexpr std::size_t kMostFiles = 4;
  static constexpr Milliseconds kSendTime{10'000};

  explicit ChildChannel(FileDescriptor socket) : socket_(std::move(socket)) {}

  // False: the other side is gone, or did not read within kSendTime.
  bool send(std::string_view text, std::span<const int> files = {});

  // Waits up to `wait` for the rest of a message, which is kept between calls.
  Heard receive(ChildMessage& message, Milliseconds wait);

  // The other side hears the end.
  void close() { socket_.reset(); }

 private:
  enum class Got { kBytes, kNothing, kEnded };
  Got read_some(char* to, std::size_t most, std::size_t& got);

  FileDescriptor socket_;
  std::array<unsigned char, 4> length_{};
  std::size_t length_got_ = 0;
  std::size_t text_got_ = 0;
  ChildMessage coming_;
  bool is_over_ = false;
};

}  // namespace pawfect
