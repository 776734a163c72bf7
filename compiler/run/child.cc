#include "compiler/run/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

extern char** environ;

namespace cortico {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr uintmax_t kFlood = 64 << 20;
constexpr std::streamoff kTail = 64 << 10;

std::string ReadTail(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return "";
  const std::streamoff size = in.tellg();
  in.seekg(std::max<std::streamoff>(0, size - kTail));
  std::string text(static_cast<size_t>(std::min(size, kTail)), '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  return text;
}

// Everything that a spawn needs and that must be released again.
class SpawnActions {
 public:
  SpawnActions(const std::string& directory, const std::string& output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
    posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, 1, output.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                     0600);
    posix_spawn_file_actions_adddup2(&actions_, 1, 2);
  }
  ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

}  // namespace

ChildResult RunChild(const std::vector<std::string>& arguments, const std::string& directory,
                     std::chrono::milliseconds limit, const std::function<uint64_t()>& alive) {
  ChildResult result;
  const std::string output = directory + "/console.txt";
  std::error_code ignored;
  fs::remove(output, ignored);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const SpawnActions actions(directory, output);
  pid_t pid = 0;
  const int error =
      posix_spawn(&pid, arguments[0].c_str(), actions.get(), nullptr, argv.data(), environ);
  if (error != 0) {
    result.error = std::strerror(error);
    return result;
  }

  int status = 0;
  uint64_t life = alive();
  Clock::time_point last = Clock::now();
  // Short runs end within some tens of milliseconds; long ones are looked at less often.
  std::chrono::milliseconds pause(2);
  bool killed = false;
  for (;;) {
    const pid_t ended = waitpid(pid, &status, killed ? 0 : WNOHANG);
    if (ended == pid) break;
    if (ended < 0 && errno != EINTR) {
      result.error = std::strerror(errno);
      return result;
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(100));
    const uint64_t now_alive = alive();
    if (now_alive != life) {
      life = now_alive;
      last = Clock::now();
    }
    const uintmax_t flood = fs::file_size(output, ignored);
    if (!killed && (Clock::now() - last > limit || (!ignored && flood > kFlood))) {
      kill(pid, SIGKILL);
      killed = true;
    }
  }
  result.output = ReadTail(output);
  if (killed) {
    result.end = ChildResult::End::kStalled;
  } else if (WIFEXITED(status)) {
    result.end = ChildResult::End::kExited;
    result.code = WEXITSTATUS(status);
  } else {
    result.end = ChildResult::End::kSignaled;
    result.code = WTERMSIG(status);
  }
  return result;
}

PrivateDirectory::PrivateDirectory() {
  std::error_code error;
  fs::path base = fs::temp_directory_path(error);
  if (error) base = "/tmp";
  // Absolute: the child opens its files from inside of it.
  base = fs::absolute(base, error);
  std::string pattern = (base / "cortico-run-XXXXXX").string();
  if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
}

PrivateDirectory::~PrivateDirectory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

std::string FindOnPath(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "";
  const bool prefix = name.ends_with('*');
  const std::string stem = prefix ? name.substr(0, name.size() - 1) : name;
  while (!rest.empty()) {
    const size_t colon = std::min(rest.find(':'), rest.size());
    const fs::path folder(rest.substr(0, colon));
    rest = colon == rest.size() ? std::string_view() : rest.substr(colon + 1);
    if (!folder.is_absolute()) continue;
    std::vector<std::string> found;
    std::error_code error;
    if (!prefix) {
      found.push_back((folder / name).string());
    } else {
      for (const auto& entry : fs::directory_iterator(folder, error)) {
        if (entry.path().filename().string().starts_with(stem)) {
          found.push_back(entry.path().string());
        }
      }
      std::sort(found.begin(), found.end());
    }
    for (const std::string& file : found) {
      if (fs::is_regular_file(file, error) && access(file.c_str(), X_OK) == 0) return file;
    }
  }
  return "";
}

}  // namespace cortico
