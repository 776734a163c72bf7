// A child process with a limit: no shell, nothing read from the terminal, its output in a file.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cortico {

struct ChildResult {
  enum class End {
    kExited,
    kSignaled,
    kStalled,  ///< killed: no sign of life for too long
    kNotStarted,
  } end = End::kNotStarted;
  int code = 0;        ///< exit code or signal
  std::string error;   ///< kNotStarted: why
  std::string output;  ///< standard output and standard error; of much of it the end
};

/// Runs `arguments` (the first is the program's path) in `directory`. `alive`, called several times
/// a second, returns a number that grows while the child gets on; when it has not grown for
/// `limit`, the child is killed. A child that floods its output is killed too.
ChildResult RunChild(const std::vector<std::string>& arguments, const std::string& directory,
                     std::chrono::milliseconds limit, const std::function<uint64_t()>& alive);

/// A directory of one's own, removed with what is in it.
class PrivateDirectory {
 public:
  PrivateDirectory();
  ~PrivateDirectory();
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;

  /// Empty when it could not be made.
  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// The first executable file of this name on PATH, or empty. `name` may end in '*': the first file
/// that starts so.
std::string FindOnPath(const std::string& name);

}  // namespace cortico
