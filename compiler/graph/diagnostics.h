// Messages for the person whose model it is. Collected, so that one run shows every problem.
#pragma once

#include <exception>
#include <string>
#include <vector>

namespace cortico {

/// Where a node comes from, in the user's own program.
struct Location {
  std::string node;         ///< the node's name in the exported graph, e.g. "conv2d_1"
  std::string module_path;  ///< path of the nn.Module, e.g. "blocks.0.depthwise"
  std::string source;       ///< "train.py:41", innermost frame of the user's code

  bool empty() const { return node.empty() && module_path.empty() && source.empty(); }
  /// "node 'conv2d_1' (blocks.0.depthwise, train.py:41)"
  std::string ToString() const;
};

enum class Severity { kNote, kWarning, kError };

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string file;     ///< the file it is about; may be empty
  Location location;    ///< may be empty
  std::string message;  ///< what is wrong
  std::string remedy;   ///< what to do; may be empty

  /// One line, control characters as \x0a: "model.pt2: node 'x' (path, source): what; what to do".
  std::string ToString() const;
};

/// Collects diagnostics. Every phase takes one; `ok()` says whether an error was among them.
class Diagnostics {
 public:
  explicit Diagnostics(std::string file = "") : file_(std::move(file)) {}

  void Error(const Location& where, std::string message, std::string remedy = "");
  void Warning(const Location& where, std::string message, std::string remedy = "");
  void Note(const Location& where, std::string message);

  bool ok() const { return errors_ == 0; }
  const std::string& file() const { return file_; }
  const std::vector<Diagnostic>& all() const { return all_; }
  void Append(const Diagnostics& other);

 private:
  void Add(Severity severity, const Location& where, std::string message, std::string remedy);

  std::string file_;
  std::vector<Diagnostic> all_;
  int errors_ = 0;
};

/// What the public C++ API throws for a bad model or bad data: every diagnostic at once.
class CompileError : public std::exception {
 public:
  explicit CompileError(std::vector<Diagnostic> diagnostics);
  const char* what() const noexcept override { return text_.c_str(); }
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
  std::string text_;
};

/// Throws CompileError when `diagnostics` holds an error.
void ThrowIfError(const Diagnostics& diagnostics);

/// A broken promise inside of the compiler (exit code 3 in the command).
class InternalError : public std::exception {
 public:
  explicit InternalError(std::string text) : text_(std::move(text)) {}
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace cortico

/// A check of our own promises; not for anything that a user's file can cause.
#define CORTICO_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::cortico::CheckFailed(#condition, __FILE__, __LINE__))
