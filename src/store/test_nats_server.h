// A real NATS server for tests, from the environment that tools/test_tools.sh makes and ctest names
// in PAWFECT_TEST_TOOLS: a child process on a port of this machine, which is stopped, killed, held
// still and started again on the same port and store. It ends with the test.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/file_descriptor.h"
#include "store/nats_server_info.h"
#include "store/test_folder.h"

namespace pawfect::fakes {

// One that was free a moment ago.
inline int free_port() {
  const FileDescriptor link(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  if (::bind(link.get(), plain, size) != 0 || ::getsockname(link.get(), plain, &size) != 0)
    throw std::runtime_error("a free port");
  return ntohs(address.sin_port);
}

class TestNatsServer {
 public:
  // Why there can be none; empty: there can.
  static std::string missing() {
    const char* tools = std::getenv("PAWFECT_TEST_TOOLS");
    if (!tools || !*tools)
      return "PAWFECT_TEST_TOOLS is not set: tools/test_tools.sh brings nats-server";
    if (!std::filesystem::exists(program()))
      return program() + " is not there: tools/test_tools.sh brings it";
    return "";
  }

  // Runs when it returns. `more` of its settings, for a cluster.
  explicit TestNatsServer(const std::string& name = "alone", const std::string& more = "")
      : port_(free_port()) {
    std::ofstream(folder_.path() / "nats.conf")
        << fmt::format("server_name: {}\nlisten: 127.0.0.1:{}\n", name, port_)
        << fmt::format("jetstream {{ store_dir: \"{}\", sync_interval: always }}\n",
                       (folder_.path() / "store").string())
        << more;
    start();
  }
  ~TestNatsServer() { kill(); }
  TestNatsServer(const TestNatsServer&) = delete;
  TestNatsServer& operator=(const TestNatsServer&) = delete;

  std::string url() const { return fmt::format("nats://127.0.0.1:{}", port_); }
  std::string log() const {
    std::ifstream file(folder_.path() / "log");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  void start() {
    const std::string command = program(), config = (folder_.path() / "nats.conf").string();
    const int said =
        ::open((folder_.path() / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    child_ = ::fork();
    if (child_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(said, 1);
      ::dup2(said, 2);
      ::execl(command.c_str(), command.c_str(), "-c", config.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(said);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!nats_server_version(url())) {
      if (::waitpid(child_, nullptr, WNOHANG) != 0) child_ = -1;
      if (child_ < 0 || std::chrono::steady_clock::now() > until)
        throw std::runtime_error("nats-server did not start: " + log());
      std::this_thread::sleep_for(Milliseconds(10));
    }
  }
  void stop() { end(SIGTERM); }
  void kill() { end(SIGKILL); }
  // It keeps its connections and says nothing more.
  void hold_still() { ::kill(child_, SIGSTOP); }
  void go_on() { ::kill(child_, SIGCONT); }

 private:
  static std::string program() {
    return std::string(std::getenv("PAWFECT_TEST_TOOLS")) + "/bin/nats-server";
  }

  void end(int signal) {
    if (child_ <= 0) return;
    ::kill(child_, signal);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }

  TestFolder folder_;
  const int port_;
  pid_t child_ = -1;
};

}  // namespace pawfect::fakes
