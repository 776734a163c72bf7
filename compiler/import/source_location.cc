#include "compiler/import/source_location.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace cortico {
namespace {

/// Files of torch through which a call from a user's module to an op passes.
constexpr std::array<std::string_view, 31> kTorchFiles = {
    "_functions.py",    "_jit_internal.py", "_ops.py",        "_tensor.py",
    "activation.py",    "adaptive.py",      "batchnorm.py",   "channelshuffle.py",
    "container.py",     "conv.py",          "distance.py",    "dropout.py",
    "flatten.py",       "fold.py",          "functional.py",  "instancenorm.py",
    "lazy.py",          "linear.py",        "loss.py",        "module.py",
    "normalization.py", "padding.py",       "parametrize.py", "parametrizations.py",
    "pixelshuffle.py",  "pooling.py",       "rnn.py",         "runtime_assert.py",
    "sparse.py",        "transformer.py",   "upsampling.py"};

/// Parts of whole paths. A bare "/torch/" would also be a user's own folder of that name.
constexpr std::array<std::string_view, 7> kLibraryFolders = {
    "-packages/torch/", "-packages/torchao/", "-packages/executorch/", "/torch/nn/", "/torch/_",
    "/torch/export/",   "/torch/fx/"};

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

void ReplaceAll(std::string* text, std::string_view from, std::string_view to) {
  for (size_t at = text->find(from); at != text->npos; at = text->find(from, at + to.size())) {
    text->replace(at, from.size(), to);
  }
}

/// "L['self']._modules['blocks'].depthwise@1" -> "blocks.depthwise"
std::string NormalizePath(std::string path) {
  if (path.starts_with('_') && path.find("empty_nn_module_stack") != path.npos) return "";
  ReplaceAll(&path, "getattr(", "");
  ReplaceAll(&path, "', '", ".");
  ReplaceAll(&path, ", '", ".");
  ReplaceAll(&path, "')", "");
  ReplaceAll(&path, "L['self']", "");
  ReplaceAll(&path, "L__self__", "");
  ReplaceAll(&path, "._modules['", ".");
  ReplaceAll(&path, "_modules['", ".");
  ReplaceAll(&path, "['", ".");
  ReplaceAll(&path, "']", "");
  ReplaceAll(&path, "..", ".");
  const size_t call = path.rfind('@');  // the second call of a module is "name@1"
  if (call != path.npos && call + 1 < path.size() &&
      path.find_first_not_of("0123456789", call + 1) == path.npos) {
    path.resize(call);
  }
  const size_t first = path.find_first_not_of(". ");
  return first == path.npos ? "" : path.substr(first);
}

struct ModuleEntry {
  std::string_view path;
  std::string_view type;
};

std::vector<ModuleEntry> ParseModuleStack(std::string_view text) {
  std::vector<ModuleEntry> entries;
  for (const std::string_view entry : Split(text, ';')) {
    const size_t first = entry.find(',');
    const size_t last = entry.rfind(',');
    if (first == entry.npos || first == last) continue;
    entries.push_back({entry.substr(first + 1, last - first - 1), entry.substr(last + 1)});
  }
  return entries;
}

std::string_view BaseName(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool IsLibrary(std::string_view file, const std::set<std::string>& user_files) {
  if (file.starts_with('<')) return true;  // generated code: "<eval_with_key>.12"
  if (file.find('/') != file.npos) {
    if (file.starts_with("torch/")) return true;
    return std::any_of(kLibraryFolders.begin(), kLibraryFolders.end(),
                       [&](std::string_view folder) { return file.find(folder) != file.npos; });
  }
  return std::find(kTorchFiles.begin(), kTorchFiles.end(), file) != kTorchFiles.end() &&
         !user_files.contains(std::string(file));
}

/// File and line of the innermost frame of the user's, "train.py:41"; empty when there is none.
std::string SourceOf(std::string_view trace, const std::set<std::string>& user_files) {
  constexpr std::string_view kFile = "File \"";
  constexpr std::string_view kLine = "\", line ";
  std::string source;
  for (std::string_view line : Split(trace, '\n')) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (!line.starts_with(kFile)) continue;
    line.remove_prefix(kFile.size());
    const size_t end = line.find(kLine);
    if (end == line.npos) continue;
    const std::string_view file = line.substr(0, end);
    const std::string_view number = line.substr(end + kLine.size());
    const size_t digits = std::min(number.find_first_not_of("0123456789"), number.size());
    if (digits == 0 || IsLibrary(file, user_files)) continue;
    source = std::string(BaseName(file)) + ":" + std::string(number.substr(0, digits));
  }
  return source;
}

}  // namespace

Location LocationFrom(std::string node, std::string_view stack_trace,
                      std::string_view module_stack) {
  Location location;
  location.node = std::move(node);
  std::set<std::string> user_files;
  const std::vector<ModuleEntry> modules = ParseModuleStack(module_stack);
  for (const ModuleEntry& entry : modules) {
    if (entry.type.starts_with("torch.")) continue;
    for (const std::string_view part : Split(entry.type, '.')) {
      user_files.insert(std::string(part) + ".py");
    }
  }
  if (!modules.empty()) location.module_path = NormalizePath(std::string(modules.back().path));
  location.source = SourceOf(stack_trace, user_files);
  return location;
}

}  // namespace cortico
