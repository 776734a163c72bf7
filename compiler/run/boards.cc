// Which board stands for which core, from boards/boards.inc.
#include <fmt/format.h>

#include "compiler/run/child.h"
#include "compiler/run/listing.h"
#include "compiler/run/venues.h"

namespace cortico {
namespace {

bool IsNamed(const SimulatedBoard& board, const std::string& name) {
  return name == board.preset || name == board.cpu || name == board.machine;
}

}  // namespace

std::vector<SimulatedBoard> AllBoards() {
  constexpr Isa scalar = Isa::kScalar, dsp = Isa::kDsp, mve = Isa::kMve;
  std::vector<SimulatedBoard> boards = {
#define CORTICO_CORE(preset, cpu, isa, board) {#preset, cpu, isa, board},
#include "boards/boards.inc"
  };
  const auto add_missing = [&boards](const char* machine, const char* model) {
    for (const SimulatedBoard& board : boards) {
      if (board.machine == machine) return;
    }
    for (const SimulatedBoard& board : boards) {
      if (board.cpu != model) continue;
      boards.push_back({machine, model, board.isa, machine});
      return;
    }
  };
#define CORTICO_BOARD(board, model, fpgaio, ticks) add_missing(board, model);
#include "boards/boards.inc"
  return boards;
}

std::optional<SimulatedBoard> ChooseBoard(const Venue& venue, const ProgramListing& program,
                                          Diagnostics& diagnostics) {
  // A row is better than an earlier one if it is so by the first of these that differs.
  const auto rank = [&program](const SimulatedBoard& board) {
    int value = !program.isa || board.isa == *program.isa ? 4 : 0;
    if (!FindRunner(board.preset).empty()) value += 2;
    if (board.cpu == program.cpu) value += 1;
    return value;
  };
  const std::vector<SimulatedBoard> boards = AllBoards();
  const SimulatedBoard* best = nullptr;
  std::string known;
  for (const SimulatedBoard& board : boards) {
    if (known.find(board.machine) == std::string::npos) known += ", " + board.machine;
    if (board.preset != board.machine) known += ", " + board.preset;
    // The FVP is a Corstone-300.
    if (venue.kind == Venue::Kind::kFvp && board.machine != "mps3-an547") continue;
    if (!venue.board.empty() && !IsNamed(board, venue.board)) continue;
    if (best == nullptr || rank(board) > rank(*best)) best = &board;
  }
  if (best != nullptr) return *best;
  diagnostics.Error({}, fmt::format("there is no board '{}'", venue.board),
                    "choose one of " + known.substr(2));
  return std::nullopt;
}

Equipment FindEquipment(const SimulatedBoard& board, Venue::Kind kind) {
  Equipment found;
  found.runner = FindRunner(board.preset);
  const bool fvp = kind == Venue::Kind::kFvp;
  found.simulator = fvp ? FindOnPath("FVP_Corstone_SSE-300*") : FindQemu();
  if (found.runner.empty()) {
    const std::string& preset = board.preset;
    found.lacks = fmt::format("there is no runner firmware for the board {} ({})", board.machine,
                              board.cpu);
    found.remedy = preset == board.machine
                       ? fmt::format("build it in the source folder: cmake --preset m0 -B build/{0} "
                                     "-DCORTICO_BOARD={0} && cmake --build build/{0}",
                                     preset)
                       : fmt::format("build it in the source folder: cmake --preset {0} && "
                                     "cmake --build --preset {0}",
                                     preset);
  } else if (found.simulator.empty() && fvp) {
    found.lacks = "the simulator FVP_Corstone_SSE-300 is not on PATH";
    found.remedy = "install Arm's Corstone-300 FVP and put its folder on PATH, or use --on qemu";
  } else if (found.simulator.empty()) {
    found.lacks = "the simulator qemu-system-arm is not on PATH";
    found.remedy = "install it: apt-get install qemu-system-arm";
  }
  return found;
}

std::optional<SimulatedBoard> BoardFor(const std::vector<uint8_t>& pte, const Venue& venue,
                                       Diagnostics& diagnostics) {
  if (venue.kind == Venue::Kind::kHost) return std::nullopt;
  const auto program = ListProgram(pte, diagnostics);
  return program ? ChooseBoard(venue, *program, diagnostics) : std::nullopt;
}

void ReportMismatch(const ProgramListing& program, const SimulatedBoard& board,
                    Diagnostics& diagnostics) {
  const std::string family = program.isa ? ToString(*program.isa) : "other";
  const std::string compiled =
      program.cpu.empty() ? family + " cores" : fmt::format("{} ({})", program.cpu, family);
  diagnostics.Error(
      {},
      fmt::format("the program was compiled for {}; the board {} runs it on {} ({})", compiled,
                  board.machine, board.cpu, ToString(board.isa)),
      fmt::format("compile it with --target {}, or let --on qemu choose the board", board.cpu));
}

}  // namespace cortico
