#include "worker/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <string_view>
#include <thread>

namespace pawfect {
namespace {

constexpr int kAboveAll = 10;  // over the numbers that a child begins with

std::vector<std::string> chosen_variables(const std::vector<std::string>& names) {
  std::vector<std::string> chosen;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    const bool is_wanted = std::ranges::any_of(names, [&](const std::string& wanted) {
      return wanted.ends_with('_') ? name.starts_with(wanted) : name == wanted;
    });
    if (is_wanted) chosen.emplace_back(text);
  }
  return chosen;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// All that the new process needs, made before the fork: behind it nothing may be allocated, because
// another thread may have held the allocator's lock.
struct Plan {
  const char* file;
  char** arguments;
  char** variables;
  const ChildLimits& limits;
  int socket;
  int trouble;  // a pipe that tells the error's number, and closes by itself when all went well
  pid_t parent;
};

bool set_limit(__rlimit_resource what, const std::optional<std::uint64_t>& value) {
  if (!value) return true;
  rlimit limit{};
  if (getrlimit(what, &limit) != 0) return false;
  limit.rlim_max = std::min<rlim_t>(limit.rlim_max, *value);
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(what, &limit) == 0;
}

bool set_limits(const ChildLimits& limits) {
  return set_limit(RLIMIT_CORE, 0) && set_limit(RLIMIT_AS, limits.address_space) &&
         set_limit(RLIMIT_CPU, limits.processor_s) && set_limit(RLIMIT_FSIZE, limits.file_bytes) &&
         set_limit(RLIMIT_NOFILE, limits.open_files);
}

// The service's way with signals is not the child's; Ctrl-C at a terminal is the parent's business.
void begin_anew_with_signals() {
  for (int number = 1; number < 32; ++number) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  setpgid(0, 0);
}

// Standard input is empty; what is printed goes where errors go.
bool place_files(const Plan& plan) {
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
    return false;
  if (dup2(plan.socket, ChildProcess::kChannel) < 0) return false;
  if (fcntl(ChildProcess::kChannel, F_SETFD, 0) != 0) return false;
  // What is not marked yet; a system that does not know the call is left with what is.
  close_range(ChildProcess::kChannel + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  return true;
}

[[noreturn]] void become(const Plan& plan) {
  // Out of the way of the numbers that are given out.
  const int trouble = fcntl(plan.trouble, F_DUPFD_CLOEXEC, kAboveAll);
  begin_anew_with_signals();
  const bool is_safe =
      prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  if (getppid() != plan.parent) _exit(127);  // it died before it could be said
  if (is_safe && place_files(plan) && set_limits(plan.limits))
    execve(plan.file, plan.arguments, plan.variables);
  const int error = errno;
  [[maybe_unused]] const ssize_t told = write(trouble, &error, sizeof error);
  _exit(127);
}

Error no_child(std::string_view file, int error) {
  return {ErrorCode::kUnavailable,
          fmt::format("{}: cannot be started as a child: {}; look at the limits of processes and "
                      "memory",
                      file, std::strerror(error))};
}

}  // namespace

std::string ChildEnd::text() const {
  if (signal == 0) return fmt::format("ended with status {}", status);
  const char* name = sigdescr_np(signal);
  return fmt::format("was ended by signal {} ({})", signal, name == nullptr ? "unknown" : name);
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const ChildProgram& program) {
  const std::string file = program.file.string();
  std::array<int, 2> sockets{}, pipe{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0)
    return std::unexpected(no_child(file, errno));
  FileDescriptor ours(sockets[0]), theirs(sockets[1]);
  if (pipe2(pipe.data(), O_CLOEXEC) != 0) return std::unexpected(no_child(file, errno));
  FileDescriptor told(pipe[0]), trouble(pipe[1]);

  std::vector<std::string> arguments{"pawfect"};
  arguments.insert(arguments.end(), program.arguments.begin(), program.arguments.end());
  std::vector<std::string> variables = chosen_variables(program.variables);
  const std::vector<char*> argument_list = pointers(arguments), variable_list = pointers(variables);
  const Plan plan{file.c_str(),
                  const_cast<char**>(argument_list.data()),
                  const_cast<char**>(variable_list.data()),
                  program.limits,
                  theirs.get(),
                  trouble.get(),
                  getpid()};
  const pid_t id = fork();
  if (id < 0) return std::unexpected(no_child(file, errno));
  if (id == 0) become(plan);

  std::unique_ptr<ChildProcess> child(new ChildProcess(id, std::move(ours)));
  theirs.reset();
  trouble.reset();
  int error = 0;
  ssize_t count = -1;
  do {
    count = read(told.get(), &error, sizeof error);
  } while (count < 0 && errno == EINTR);
  if (count == sizeof error) return std::unexpected(no_child(file, error));
  return child;
}

ChildProcess::~ChildProcess() { kill(); }

std::optional<ChildEnd> ChildProcess::wait(Milliseconds time) {
  constexpr Milliseconds kLongestNap{10};
  const auto deadline = std::chrono::steady_clock::now() + time;
  Milliseconds nap{1};
  while (!ended_) {
    int status = 0;
    const pid_t found = waitpid(id_, &status, WNOHANG);
    if (found == id_) {
      ended_ =
          WIFSIGNALED(status) ? ChildEnd{0, WTERMSIG(status)} : ChildEnd{WEXITSTATUS(status), 0};
    } else if (found < 0 && errno != EINTR) {
      ended_ = ChildEnd{0, SIGKILL};  // somebody else reaped it
    } else if (std::chrono::steady_clock::now() >= deadline) {
      return std::nullopt;
    } else {
      std::this_thread::sleep_for(nap);
      nap = std::min(2 * nap, kLongestNap);
    }
  }
  return ended_;
}

ChildEnd ChildProcess::end(Milliseconds grace) {
  channel_.close();
  if (const auto ended = wait(grace)) return *ended;
  return kill();
}

ChildEnd ChildProcess::kill() {
  if (ended_) return *ended_;
  ::kill(id_, SIGKILL);
  int status = 0;
  pid_t found = -1;
  do {
    found = waitpid(id_, &status, 0);
  } while (found < 0 && errno == EINTR);
  ended_ = found == id_ && !WIFSIGNALED(status)
               ? ChildEnd{WEXITSTATUS(status), 0}
               : ChildEnd{0, found == id_ ? WTERMSIG(status) : SIGKILL};
  return *ended_;
}

}  // namespace pawfect
