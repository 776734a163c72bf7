#include "compiler/graph/diagnostics.h"

#include <utility>

namespace cortico {
namespace {

/// Names in a damaged file may hold line ends and escape sequences; a message is one line.
std::string OneLine(const std::string& text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f)
      line += c;
    else
      line += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return line;
}

}  // namespace

std::string Location::ToString() const {
  std::string text = node.empty() ? "" : "node '" + node + "'";
  std::string detail = module_path;
  if (!source.empty()) detail += (detail.empty() ? "" : ", ") + source;
  if (!detail.empty()) text += (text.empty() ? "(" : " (") + detail + ")";
  return text;
}

std::string Diagnostic::ToString() const {
  std::string text;
  if (!file.empty()) text += file + ": ";
  if (!location.empty()) text += location.ToString() + ": ";
  text += message;
  if (!remedy.empty()) text += "; " + remedy;
  return OneLine(text);
}

void Diagnostics::Add(Severity severity, const Location& where, std::string message,
                      std::string remedy) {
  if (severity == Severity::kError) ++errors_;
  all_.push_back({severity, file_, where, std::move(message), std::move(remedy)});
}
void Diagnostics::Error(const Location& where, std::string message, std::string remedy) {
  Add(Severity::kError, where, std::move(message), std::move(remedy));
}
void Diagnostics::Warning(const Location& where, std::string message, std::string remedy) {
  Add(Severity::kWarning, where, std::move(message), std::move(remedy));
}
void Diagnostics::Note(const Location& where, std::string message) {
  Add(Severity::kNote, where, std::move(message), "");
}
void Diagnostics::Append(const Diagnostics& other) {
  all_.insert(all_.end(), other.all_.begin(), other.all_.end());
  errors_ += other.errors_;
}

CompileError::CompileError(std::vector<Diagnostic> diagnostics)
    : diagnostics_(std::move(diagnostics)) {
  for (const Diagnostic& d : diagnostics_) {
    if (d.severity != Severity::kError) continue;
    if (!text_.empty()) text_ += '\n';
    text_ += d.ToString();
  }
}

void ThrowIfError(const Diagnostics& diagnostics) {
  if (!diagnostics.ok()) throw CompileError(diagnostics.all());
}

void CheckFailed(const char* condition, const char* file, int line) {
  throw InternalError(std::string("internal error: ") + file + ":" + std::to_string(line) +
                      ": check failed: " + condition);
}

}  // namespace cortico
