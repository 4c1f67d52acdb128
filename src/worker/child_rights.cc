#include "worker/child_rights.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace pawfect {
namespace {

// "VmRSS:     1234 kB" of /proc/self/status.
std::uint64_t status_bytes(std::string_view name) {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (!line.starts_with(name)) continue;
    return std::strtoull(line.c_str() + name.size(), nullptr, 10) * 1024;
  }
  return 0;
}

Result<void> set_limit(__rlimit_resource what, rlim_t soft, rlim_t hard, const char* name) {
  const rlimit limit{soft, hard};
  if (setrlimit(what, &limit) == 0) return {};
  return fail(ErrorCode::kUnavailable, fmt::format("a child cannot limit its {} to {}: {}", name,
                                                   soft, std::strerror(errno)));
}

#if defined(__x86_64__)
constexpr std::uint32_t kMachine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kMachine = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kMachine = 0;  // not known: no filter
#endif

// A way out of the process, or into another one. Reading files stays: the codecs' libraries and the
// sanitizers do.
constexpr std::array kRefused{
#ifdef SYS_fork
    SYS_fork,
    SYS_vfork,
#endif
#ifdef SYS_unlink
    SYS_creat,
    SYS_unlink,
    SYS_rename,
    SYS_mkdir,
    SYS_rmdir,
    SYS_link,
    SYS_symlink,
    SYS_chmod,
    SYS_chown,
#endif
    SYS_execve,
    SYS_execveat,
    SYS_socket,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kill,
    SYS_unlinkat,
    SYS_renameat2,
    SYS_mkdirat,
    SYS_linkat,
    SYS_symlinkat,
    SYS_fchmodat,
    SYS_fchownat,
    SYS_truncate,
    SYS_mount,
    SYS_umount2,
    SYS_chroot,
    SYS_setns,
    SYS_unshare,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
};

// A filter reads a call (seccomp_data) word by word and decides.
class Filter {
 public:
  void load(std::size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, std::uint32_t(offset)); }
  void answer(std::uint32_t with) { add(BPF_RET | BPF_K, with); }
  // Goes over the next `over` steps if the loaded word is `value`.
  void if_equal_skip(std::uint32_t value, std::uint8_t over) {
    add(BPF_JMP | BPF_JEQ | BPF_K, value, over, 0);
  }
  // ... unless it is.
  void unless_equal_skip(std::uint32_t value, std::uint8_t over) {
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, over);
  }
  // ... unless it has one of `bits`.
  void unless_any_bit_skip(std::uint32_t bits, std::uint8_t over) {
    add(BPF_JMP | BPF_JSET | BPF_K, bits, 0, over);
  }
  std::vector<sock_filter>& steps() { return steps_; }

 private:
  void add(int code, std::uint32_t value, std::uint8_t if_true = 0, std::uint8_t if_false = 0) {
    steps_.push_back({std::uint16_t(code), if_true, if_false, value});
  }
  std::vector<sock_filter> steps_;
};

// The low word of an argument stands first on both machines.
constexpr std::size_t argument(int index) {
  return offsetof(seccomp_data, args) + std::size_t(index) * sizeof(std::uint64_t);
}

}  // namespace

std::uint64_t mapped_bytes() { return status_bytes("VmSize:"); }
std::uint64_t resident_bytes() { return status_bytes("VmRSS:"); }
std::uint64_t peak_resident_bytes() { return status_bytes("VmHWM:"); }
void reset_peak_resident() { std::ofstream("/proc/self/clear_refs") << "5"; }

Result<void> limit_more_memory(std::uint64_t bytes) {
  const std::uint64_t all = mapped_bytes() + bytes;
  return set_limit(RLIMIT_AS, all, all, "address space");
}

Result<void> limit_processor_time(Milliseconds time) {
  rusage used{};
  rlimit limit{};
  if (getrusage(RUSAGE_SELF, &used) != 0 || getrlimit(RLIMIT_CPU, &limit) != 0)
    return fail(ErrorCode::kUnavailable, "a child cannot read its processor time");
  // A second for the part of one that was used already.
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(time).count() +
                       used.ru_utime.tv_sec + used.ru_stime.tv_sec + 1;
  return set_limit(RLIMIT_CPU, std::min(rlim_t(seconds), limit.rlim_max), limit.rlim_max,
                   "processor time");
}

Result<void> limit_files(std::uint64_t open_files) {
  if (auto set = set_limit(RLIMIT_FSIZE, 0, 0, "written files"); !set) return set;
  return set_limit(RLIMIT_NOFILE, open_files, open_files, "open files");
}

void give_up_system_calls() {
  if (kMachine == 0) return;
  constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;
  Filter filter;
  filter.load(offsetof(seccomp_data, arch));
  filter.if_equal_skip(kMachine, 1);
  filter.answer(SECCOMP_RET_KILL_PROCESS);  // calls of another machine have other numbers
  filter.load(offsetof(seccomp_data, nr));
  for (const auto call : kRefused) {
    filter.unless_equal_skip(std::uint32_t(call), 1);
    filter.answer(kRefuse);
  }
  // Opening is allowed for reading.
  constexpr std::uint32_t kWriting = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;
  filter.unless_equal_skip(std::uint32_t(SYS_openat), 4);
  filter.load(argument(2));
  filter.unless_any_bit_skip(kWriting, 1);
  filter.answer(kRefuse);
  filter.answer(SECCOMP_RET_ALLOW);
#ifdef SYS_open
  filter.unless_equal_skip(std::uint32_t(SYS_open), 4);
  filter.load(argument(1));
  filter.unless_any_bit_skip(kWriting, 1);
  filter.answer(kRefuse);
  filter.answer(SECCOMP_RET_ALLOW);
#endif
  filter.answer(SECCOMP_RET_ALLOW);
  const sock_fprog program{static_cast<unsigned short>(filter.steps().size()),
                           filter.steps().data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

}  // namespace pawfect
