// A real S3 server for tests: moto's, from the environment that tools/test_tools.sh makes and ctest
// names in PAWFECT_TEST_TOOLS. A child process on a free port of this machine, which holds
// everything in memory and ends with the test.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "store/s3_request.h"

namespace pawfect::fakes {

class TestS3Server {
 public:
  // Why there can be none; empty: there can.
  static std::string missing() {
    const char* tools = std::getenv("PAWFECT_TEST_TOOLS");
    if (!tools || !*tools) return "PAWFECT_TEST_TOOLS is not set: tools/test_tools.sh brings moto";
    if (!std::filesystem::exists(program("moto_server")))
      return program("moto_server") + " is not there: tools/test_tools.sh brings it";
    return "";
  }

  // `options` of moto_server; `folder` gets its log. With a number of free actions, so many are
  // done before it checks signatures and rights; otherwise it never does.
  TestS3Server(const std::filesystem::path& folder, std::vector<std::string> options = {},
               const char* free_actions = nullptr)
      : log_(folder / "moto.log") {
    std::vector<std::string> words = {program("moto_server"), "-H", "127.0.0.1", "-p", "0"};
    words.insert(words.end(), options.begin(), options.end());
    std::vector<std::string> variables;
    for (char** one = environ; *one; ++one) variables.emplace_back(*one);
    if (free_actions)
      variables.push_back(std::string("INITIAL_NO_AUTH_ACTION_COUNT=") + free_actions);
    const std::vector<char*> arguments = pointers(words), environment = pointers(variables);
    const int log = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (log < 0) return;
    child_ = ::fork();
    if (child_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(log, 1);
      ::dup2(log, 2);
      ::execve(arguments[0], arguments.data(), environment.data());
      ::_exit(127);
    }
    ::close(log);
    wait_for_url();
  }
  ~TestS3Server() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  TestS3Server(const TestS3Server&) = delete;
  TestS3Server& operator=(const TestS3Server&) = delete;

  // Empty: it did not start; what it said is in log().
  const std::string& url() const { return url_; }
  std::string log() const {
    std::ifstream file(log_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // PUT without a body: makes a bucket, or an empty object. The answer's status.
  int put_nothing(const std::string& path, const S3Access& access) const {
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    S3Connection connection;
    const S3Outcome outcome = connection.send(
        {.method = S3Request::Method::kPut, .url = url_ + "/" + path, .body = nothing}, access, {});
    ::close(nothing);
    return outcome.answer.status;
  }

  static std::string program(const std::string& name) {
    return std::string(std::getenv("PAWFECT_TEST_TOOLS")) + "/bin/" + name;
  }

 private:
  // As exec wants them, with nullptr at the end.
  static std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> out(words.size() + 1);
    for (std::size_t k = 0; k < words.size(); ++k) out[k] = words[k].data();
    return out;
  }

  // It writes its address into the log when it listens.
  void wait_for_url() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    const std::string mark = "Running on ";
    while (std::chrono::steady_clock::now() < until) {
      if (::waitpid(child_, nullptr, WNOHANG) != 0) {
        child_ = -1;
        return;
      }
      const std::string said = log();
      const std::size_t at = said.find(mark);
      const std::size_t end = at == std::string::npos ? at : said.find('\n', at);
      if (end != std::string::npos) {
        url_ = said.substr(at + mark.size(), end - at - mark.size());
        return;
      }
      std::this_thread::sleep_for(Milliseconds(20));
    }
  }

  const std::filesystem::path log_;
  pid_t child_ = -1;
  std::string url_;
};

}  // namespace pawfect::fakes
