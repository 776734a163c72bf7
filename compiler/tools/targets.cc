// cortico targets: what can be compiled for.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "compiler/run/run.h"
#include "compiler/target.h"
#include "compiler/tools/console.h"

namespace cortico::tools {
namespace {

struct BankRow {
  const char* board;
  const char* bank;
  int64_t bytes;
  const char* use;
};

const std::vector<BankRow>& AllBanks() {
  static const std::vector<BankRow> banks = {
#define CORTICO_BANK(board, bank, base, size, use) {board, #bank, size, #use},
#include "boards/boards.inc"
  };
  return banks;
}

std::string Size(int64_t bytes) {
  if (bytes % (1 << 20) == 0) return fmt::format("{}M", bytes >> 20);
  return fmt::format("{}K", bytes >> 10);
}

/// The board's memories that activations can be planned into, as --memory takes them. What the
/// firmware itself has in there is not taken off.
std::string MemoryOf(std::string_view board) {
  std::string text;
  for (const BankRow& bank : AllBanks())
    if (board == bank.board &&
        (std::string_view(bank.use) == "data" || std::string_view(bank.use) == "free"))
      text += fmt::format("{}{}={}", text.empty() ? "" : ",", bank.bank, Size(bank.bytes));
  return text;
}

int RunTargets(Console& console) {
  Json list = Json::array();
  Table table({{"target"}, {"family"}, {"simulated board"}, {"its memory"}, {"runner"}});
  for (const CpuInfo& cpu : AllCpus()) {
    const bool runner = !FindRunner(cpu.preset).empty();
    table.Row({cpu.cpu, ToString(cpu.isa), cpu.notes, MemoryOf(cpu.notes),
               runner ? "there" : "not built"});
    list.push_back({{"cpu", cpu.cpu},
                    {"isa", ToString(cpu.isa)},
                    {"board", cpu.notes},
                    {"memory", MemoryOf(cpu.notes)},
                    {"preset", cpu.preset},
                    {"runner", runner}});
  }
  console.ReportJson(Json{{"default", TargetConfig().cpu}, {"targets", list}});
  console.ReportText(
      table.ToString(0, console.palette()) +
      fmt::format("\nThe default is {}. A program is for one family: scalar, DSP or MVE.\n"
                  "`cortico run --on qemu:BOARD` takes another board of the family.",
                  TargetConfig().cpu));
  return kDone;
}

}  // namespace

void AddTargets(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("targets", "What can be compiled for");
  AddCommonFlags(*command, invocation.common);
  command->callback([&invocation] { invocation.run = RunTargets; });
}

}  // namespace cortico::tools
