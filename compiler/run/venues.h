// The ways to run a program, and what they share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/run/listing.h"
#include "compiler/run/run.h"
#include "runtime/core/error.h"

namespace cortico {

/// The board for a program. A venue without a board takes the program's own core if its runner is
/// there, or else the first one of the program's family whose runner is there, or else the first
/// one of the family. A venue with a board takes that, of whatever family, and the program's family
/// first if the board has runners of several. Nullopt after an error: no such board.
std::optional<SimulatedBoard> ChooseBoard(const Venue& venue, const ProgramListing& program,
                                          Diagnostics& diagnostics);

/// Runs samples that fit the program's inputs on the venue's simulator.
std::optional<RunResult> RunOnSimulator(const std::vector<uint8_t>& pte,
                                        const ProgramListing& program,
                                        const std::vector<Sample>& samples,
                                        const RunOptions& options, Diagnostics& diagnostics);

/// The same in this process.
std::optional<RunResult> RunOnHost(const std::vector<uint8_t>& pte, const ProgramListing& program,
                                   const std::vector<Sample>& samples, const RunOptions& options,
                                   Diagnostics& diagnostics);

/// A sample's inputs as they lie in the program's memory, one after the other.
Bytes PackInputs(const Sample& sample, const ProgramListing& program);

/// The message for a program that the runtime does not take. `op` names the op at fault; it may be
/// empty.
void ReportRefusal(Error error, const std::string& op, const ProgramListing& program,
                   Diagnostics& diagnostics);

/// The warning about `samples` in which an index was out of range; none for 0.
void ReportDataErrors(size_t samples, size_t total, Diagnostics& diagnostics);

/// The message for a program of one family on a board of another.
void ReportMismatch(const ProgramListing& program, const SimulatedBoard& board,
                    Diagnostics& diagnostics);

}  // namespace cortico
