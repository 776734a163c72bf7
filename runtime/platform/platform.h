// What the runtime and a firmware's main ask of the world around them: a line of log, a count of
// instructions, an end. Nothing here allocates. Three implementations exist, one is linked:
// host.cc, semihosting_platform.cc (simulated boards), bare.cc (a board with neither).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cortico::platform {

// Receives one line without its newline. `line` is not zero-terminated and dies with the call.
using LogSink = void (*)(std::string_view line);

// Replaces where Log() writes; nullptr brings back the platform's own sink (host: standard error,
// semihosting: the debug console, bare: nowhere).
void SetLogSink(LogSink sink);

void Log(std::string_view line);

// Returns instructions executed since some fixed start; only differences mean anything.
using InstructionCounter = uint64_t (*)();

// nullptr: there is no counter, which is also the state at start. A board installs its own once it
// has checked it; a product may install what it has.
void SetInstructionCounter(InstructionCounter counter);

bool CountsInstructions();

// 0 without a counter.
uint64_t Instructions();

// Ends the program with an exit code (host, semihosting) or stops the core (bare). 0 is success.
[[noreturn]] void Halt(int code);

namespace internal {
// Each implementation defines it.
void DefaultLogSink(std::string_view line);
}  // namespace internal

}  // namespace cortico::platform
