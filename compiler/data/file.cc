#include "compiler/data/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace cortico {
namespace {

/// A descriptor that is closed at the end of the scope, unless it is a standard stream.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { Close(); }

  int get() const { return fd_; }
  /// False when the last bytes did not reach the disk.
  bool Close() {
    const int fd = std::exchange(fd_, -1);
    return fd <= STDERR_FILENO || ::close(fd) == 0;
  }

 private:
  int fd_;
};

bool WriteAll(int fd, std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), std::min<size_t>(bytes.size(), 1U << 30));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return true;
}

std::string Reason() { return std::strerror(errno); }

std::string Megabytes(uint64_t bytes) { return std::to_string(bytes >> 20) + " MB"; }

std::optional<Bytes> Read(const std::string& path, uint64_t max_size, Diagnostics& diagnostics) {
  const bool standard_input = path == "-";
  Descriptor file(standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status = {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    diagnostics.Error({}, "cannot be opened: " + Reason(), "check the path");
    return std::nullopt;
  }
  if (S_ISDIR(status.st_mode)) {
    diagnostics.Error({}, "is a folder where a file is wanted", "name the file");
    return std::nullopt;
  }
  Bytes bytes;
  if (S_ISREG(status.st_mode) && status.st_size > 0) {
    bytes.reserve(std::min<uint64_t>(max_size, static_cast<uint64_t>(status.st_size)) + 1);
  }
  while (bytes.size() <= max_size) {
    const size_t used = bytes.size();
    // Within the reserved room where the size is known, so that a file is not held twice.
    const size_t room = std::max<size_t>(bytes.capacity() - used, 1U << 16);
    bytes.resize(used + std::min<uint64_t>(room, max_size - used + 1));
    ssize_t got = ::read(file.get(), bytes.data() + used, bytes.size() - used);
    if (got < 0 && errno == EINTR)
      got = 0;
    else if (got < 0) {
      diagnostics.Error({}, "cannot be read: " + Reason(), "check the disk and the permissions");
      return std::nullopt;
    } else if (got == 0) {
      bytes.resize(used);
      return bytes;
    }
    bytes.resize(used + static_cast<size_t>(got));
  }
  diagnostics.Error({}, "is larger than " + Megabytes(max_size) + ", the most that is read",
                    "give a smaller file");
  return std::nullopt;
}

/// Creates a file beside `path` under a name that nobody has; the umask decides its permissions.
int CreateTemporary(const std::string& path, std::string* name) {
  for (int attempt = 0; attempt < 1000; ++attempt) {
    *name = path + ".tmp" + std::to_string(::getpid()) + "." + std::to_string(attempt);
    const int fd = ::open(name->c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
  return -1;
}

bool Write(std::string path, std::span<const uint8_t> bytes, Diagnostics& diagnostics) {
  const char* remedy = "check the path, the permissions and the free space";
  const auto fail = [&](const char* what) {
    diagnostics.Error({}, what + Reason(), remedy);
    return false;
  };
  if (path == "-") {
    return WriteAll(STDOUT_FILENO, bytes) || fail("standard output cannot be written: ");
  }
  struct stat status = {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) {
    diagnostics.Error({}, "is a folder where a file is to be written", "name the file");
    return false;
  }
  if (exists && !S_ISREG(status.st_mode)) {
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    return (file.get() >= 0 && WriteAll(file.get(), bytes) && file.Close()) ||
           fail("cannot be written: ");
  }
  if (exists) {
    // Through a symbolic link the file it points to is replaced, not the link.
    std::error_code error;
    const auto resolved = std::filesystem::canonical(path, error);
    if (!error) path = resolved.string();
  }
  std::string temporary;
  Descriptor file(CreateTemporary(path, &temporary));
  if (file.get() < 0) return fail("cannot be written: ");
  if (exists) static_cast<void>(::fchmod(file.get(), status.st_mode & 07777));
  if (WriteAll(file.get(), bytes) && file.Close() &&
      std::rename(temporary.c_str(), path.c_str()) == 0) {
    return true;
  }
  fail("cannot be written: ");
  ::unlink(temporary.c_str());
  return false;
}

std::string Display(const std::string& path, const char* stream) {
  return path == "-" ? stream : path;
}

}  // namespace

std::optional<Bytes> ReadFile(const std::string& path, uint64_t max_size,
                              Diagnostics& diagnostics) {
  Diagnostics local(Display(path, "standard input"));
  auto bytes = Read(path, max_size, local);
  diagnostics.Append(local);
  return bytes;
}

bool WriteFileAtomically(const std::string& path, std::span<const uint8_t> bytes,
                         Diagnostics& diagnostics) {
  Diagnostics local(Display(path, "standard output"));
  const bool done = Write(path, bytes, local);
  diagnostics.Append(local);
  return done;
}

}  // namespace cortico
