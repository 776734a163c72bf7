// cortico doctor: what this machine has, what it lacks, and the command that mends it.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <set>

#include "compiler/run/child.h"
#include "compiler/run/run.h"
#include "compiler/target.h"
#include "compiler/tools/console.h"

namespace cortico::tools {
namespace {

/// One line of the report.
struct Finding {
  std::string what;
  bool present = false;
  std::string detail;  ///< version and path, or what it would be for
  std::string remedy;  ///< a command, when it is missing
};

/// A command that installs a Debian package, in this machine's own words.
std::string Install(const std::string& debian, const std::string& elsewhere) {
  const char* sudo = ::geteuid() == 0 ? "" : "sudo ";
  if (!FindOnPath("apt-get").empty()) return sudo + ("apt-get install " + debian);
  return "install " + elsewhere;
}

/// First line that `program --version` prints; nullopt when it does not even start.
std::optional<std::string> VersionOf(const std::string& program) {
  const PrivateDirectory directory;
  if (directory.path().empty()) return std::nullopt;
  const ChildResult result = RunChild({program, "--version"}, directory.path(),
                                      std::chrono::seconds(10), [] { return uint64_t{0}; });
  if (result.end != ChildResult::End::kExited || result.code != 0) return std::nullopt;
  return result.output.substr(0, result.output.find('\n'));
}

Finding Program(const std::string& what, const std::string& path, const std::string& purpose,
                const std::string& remedy) {
  Finding finding{what, false, purpose, remedy};
  if (path.empty()) return finding;
  const auto version = VersionOf(path);
  if (!version) {
    finding.detail = path + " does not start";
    return finding;
  }
  finding.present = true;
  finding.detail = fmt::format("{} ({})", *version, path);
  return finding;
}

Finding Simulator() {
  return Program(
      "QEMU", FindQemu(), "runs programs on simulated boards",
      Install("qemu-system-arm", "qemu-system-arm (QEMU 7.2 or later, the Arm system emulator)"));
}

std::vector<Finding> Runners() {
  std::vector<Finding> findings;
  for (const CpuInfo& cpu : AllCpus()) {
    Finding finding{fmt::format("runner {}", cpu.preset), false, "", ""};
    const std::string path = FindRunner(cpu.preset);
    finding.present = !path.empty();
    finding.detail = finding.present ? path : fmt::format("{} on {}", cpu.cpu, cpu.notes);
    if (!finding.present)
      finding.remedy =
          fmt::format("cmake --preset {0} && cmake --build --preset {0} (in cortico's source tree)",
                      cpu.preset);
    findings.push_back(std::move(finding));
  }
  return findings;
}

std::vector<Finding> Toolchain() {
  const std::string packages =
      "gcc-arm-none-eabi libnewlib-arm-none-eabi "
      "libstdc++-arm-none-eabi-newlib libstdc++-arm-none-eabi-dev";
  const std::string purpose = "builds the runners, and firmware with a model";
  return {
      Program(
          "Arm gcc", FindOnPath("arm-none-eabi-gcc"), purpose,
          Install(packages, "the Arm GNU toolchain (arm-none-eabi), with newlib and libstdc++")),
      Program("CMake", FindOnPath("cmake"), purpose, Install("cmake", "cmake 3.25 or later")),
      Program("Ninja", FindOnPath("ninja"), purpose, Install("ninja-build", "ninja")),
  };
}

Finding Fvp() {
  Finding finding{"Arm FVP", false, "can take QEMU's place (--on fvp); not needed",
                  "download the Corstone-300 FVP from Arm and put it on PATH"};
  const std::string path = FindOnPath("FVP_Corstone_SSE-300*");
  finding.present = !path.empty();
  if (finding.present) finding.detail = path;
  return finding;
}

int RunDoctor(Console& console) {
  std::vector<Finding> findings = {Simulator()};
  const bool simulator = findings.front().present;
  std::string cores;
  for (Finding& runner : Runners()) {
    if (runner.present) cores += (cores.empty() ? "" : ", ") + runner.what.substr(7);
    findings.push_back(std::move(runner));
  }
  for (Finding& tool : Toolchain()) findings.push_back(std::move(tool));
  findings.push_back(Fvp());
  const bool usable = simulator && !cores.empty();

  const Palette& palette = console.palette();
  Json list = Json::array();
  std::string text;
  std::set<std::string> said;
  for (const Finding& finding : findings) {
    text += fmt::format(
        "  {}  {:<14}{}\n",
        finding.present ? palette(Style::kGreen, "there  ") : palette(Style::kYellow, "missing"),
        finding.what, finding.detail);
    if (!finding.present && said.insert(finding.remedy).second)
      text += fmt::format("           {:<14}→ {}\n", "", palette(Style::kBold, finding.remedy));
    list.push_back({{"what", finding.what},
                    {"present", finding.present},
                    {"detail", finding.detail},
                    {"remedy", finding.present ? Json(nullptr) : Json(finding.remedy)}});
  }
  text += "\ncompile, analyze and run --on host work without any of these.\n";
  if (usable)
    text += fmt::format("run, validate and profile --on qemu: {}.\n", cores);
  else if (simulator)
    text += "run, validate and profile --on qemu lack a runner.\n";
  else
    text += "run, validate and profile --on qemu lack the simulator.\n";
  console.ReportText(text);
  console.ReportJson(Json{{"usable", usable}, {"findings", list}});
  return usable ? kDone : kModelAtFault;
}

}  // namespace

void AddDoctor(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("doctor", "What this machine lacks, and the command that mends it");
  AddCommonFlags(*command, invocation.common);
  command->callback([&invocation] { invocation.run = RunDoctor; });
}

}  // namespace cortico::tools
