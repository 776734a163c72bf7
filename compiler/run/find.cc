// Where runners and simulators are. The library may be part of the tool, of a test or of a Python
// module: what counts is the file that this code is in.
#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "compiler/run/child.h"
#include "compiler/run/run.h"

namespace cortico {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> OwnFiles() {
  std::vector<fs::path> files;
  std::error_code error;
  Dl_info info = {};
  if (dladdr(reinterpret_cast<const void*>(&OwnFiles), &info) != 0 && info.dli_fname != nullptr) {
    const fs::path file = fs::canonical(info.dli_fname, error);
    if (!error) files.push_back(file);
  }
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) files.push_back(program);
  return files;
}

std::string IfThere(const fs::path& file) {
  std::error_code error;
  return fs::is_regular_file(file, error) ? file.string() : "";
}

}  // namespace

std::string FindRunner(std::string_view preset) {
  const fs::path installed = fs::path(std::string(preset) + ".elf");
  const fs::path built = fs::path(preset) / "firmware" / "runner.elf";
  if (const char* folder = std::getenv("CORTICO_RUNNERS"); folder != nullptr && *folder != '\0') {
    for (const fs::path& file : {installed, built}) {
      if (std::string found = IfThere(fs::absolute(fs::path(folder) / file)); !found.empty()) {
        return found;
      }
    }
    return "";
  }
  for (const fs::path& own : OwnFiles()) {
    for (fs::path folder = own.parent_path(); folder != folder.root_path();
         folder = folder.parent_path()) {
      for (const fs::path& file : {built, "share" / ("cortico" / ("runners" / installed))}) {
        if (std::string found = IfThere(folder / file); !found.empty()) return found;
      }
    }
  }
  return "";
}

std::string FindQemu() { return FindOnPath("qemu-system-arm"); }

}  // namespace cortico
