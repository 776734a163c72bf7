#include "runtime/platform/platform.h"

namespace cortico::platform {
namespace {

// Zero-initialised, so that they need neither a constructor nor bytes of .data.
LogSink g_sink;
InstructionCounter g_counter;

}  // namespace

void SetLogSink(LogSink sink) { g_sink = sink; }

void Log(std::string_view line) {
  if (g_sink != nullptr) {
    g_sink(line);
  } else {
    internal::DefaultLogSink(line);
  }
}

void SetInstructionCounter(InstructionCounter counter) { g_counter = counter; }

bool CountsInstructions() { return g_counter != nullptr; }

uint64_t Instructions() { return g_counter != nullptr ? g_counter() : 0; }

}  // namespace cortico::platform
