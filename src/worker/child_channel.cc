#include "worker/child_channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <utility>

namespace pawfect {
namespace {

using SteadyClock = std::chrono::steady_clock;

// False: the time is over.
bool wait_for(int socket, short events, SteadyClock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - SteadyClock::now()).count();
    pollfd waited{socket, events, 0};
    const int found = poll(&waited, 1, int(std::clamp<std::int64_t>(left, 0, 60'000)));
    if (found > 0) return true;
    if (found < 0 && errno != EINTR) return true;  // the call that follows tells what is wrong
    if (SteadyClock::now() >= deadline) return false;
  }
}

// Room for the descriptors of one message, aligned as the system wants it.
union Control {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int) * ChildChannel::kMostFiles)];
};

void attach(msghdr& message, Control& control, std::span<const int> files) {
  const std::size_t size = files.size() * sizeof(int);
  std::memset(&control, 0, sizeof control);
  message.msg_control = control.bytes;
  message.msg_controllen = CMSG_SPACE(size);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(size);
  std::memcpy(CMSG_DATA(header), files.data(), size);
}

void take_files(msghdr& message, std::vector<FileDescriptor>& into) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int file = -1;
      std::memcpy(&file, CMSG_DATA(header) + i * sizeof(int), sizeof file);
      into.emplace_back(file);
    }
  }
}

}  // namespace

bool ChildChannel::send(std::string_view text, std::span<const int> files) {
  if (!socket_.is_open() || text.empty() || text.size() > kMostBytes || files.size() > kMostFiles)
    return false;
  const auto deadline = SteadyClock::now() + kSendTime;
  std::array<unsigned char, 4> length{};
  for (std::size_t i = 0; i < length.size(); ++i)
    length[i] = (unsigned char)(text.size() >> (8 * i));
  std::array<iovec, 2> parts{iovec{length.data(), length.size()},
                             iovec{const_cast<char*>(text.data()), text.size()}};
  std::size_t left = length.size() + text.size();
  bool has_files = !files.empty();
  while (left > 0) {
    msghdr message{};
    Control control;
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    if (has_files) attach(message, control, files);
    const ssize_t sent = sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) {
      if (!wait_for(socket_.get(), POLLOUT, deadline)) return false;
      continue;
    }
    if (sent <= 0) return false;
    has_files = false;
    left -= std::size_t(sent);
    std::size_t taken = std::size_t(sent);
    for (iovec& part : parts) {
      const std::size_t step = std::min(taken, part.iov_len);
      part.iov_base = static_cast<char*>(part.iov_base) + step;
      part.iov_len -= step;
      taken -= step;
    }
  }
  return true;
}

ChildChannel::Got ChildChannel::read_some(char* to, std::size_t most, std::size_t& got) {
  iovec part{to, most};
  msghdr message{};
  Control control;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  ssize_t count = -1;
  do {
    count = recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (count < 0 && errno == EINTR);
  if (count < 0 && errno == EAGAIN) return Got::kNothing;
  if (count <= 0) return Got::kEnded;
  take_files(message, coming_.files);
  if ((message.msg_flags & MSG_CTRUNC) != 0 || coming_.files.size() > kMostFiles)
    return Got::kEnded;
  got = std::size_t(count);
  return Got::kBytes;
}

Heard ChildChannel::receive(ChildMessage& message, Milliseconds wait) {
  const auto deadline = SteadyClock::now() + wait;
  while (!is_over_ && socket_.is_open()) {
    const bool is_length = length_got_ < length_.size();
    char* const to = is_length ? reinterpret_cast<char*>(length_.data()) + length_got_
                               : coming_.text.data() + text_got_;
    const std::size_t wanted =
        is_length ? length_.size() - length_got_ : coming_.text.size() - text_got_;
    std::size_t got = 0;
    const Got read = read_some(to, wanted, got);
    if (read == Got::kEnded) break;
    if (read == Got::kNothing) {
      if (!wait_for(socket_.get(), POLLIN, deadline)) return Heard::kNothing;
      continue;
    }
    (is_length ? length_got_ : text_got_) += got;
    if (is_length && length_got_ == length_.size()) {
      std::size_t size = 0;
      for (std::size_t i = 0; i < length_.size(); ++i) size |= std::size_t(length_[i]) << (8 * i);
      if (size == 0 || size > kMostBytes) break;
      coming_.text.resize(size);
    }
    if (length_got_ == length_.size() && text_got_ == coming_.text.size()) {
      message = std::exchange(coming_, ChildMessage{});
      length_got_ = text_got_ = 0;
      return Heard::kMessage;
    }
  }
  is_over_ = true;
  return Heard::kEnded;
}

}  // namespace pawfect
