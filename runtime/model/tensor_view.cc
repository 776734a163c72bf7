// Names and scales of inputs and outputs. Apart from model.cc, so that a firmware which asks for
// none of them links none of this.
#include "runtime/model/model.h"
#include "runtime/program/io_table.h"

namespace cortico {
namespace {

// A table that is absent or damaged says nothing, which is no reason not to run.
IoEntry EntryOf(const Program& program, int32_t end) {
  const Result<IoTable> table = IoTable::Open(program.NamedData(kIoKey));
  if (!table.ok() || end < 0) return {};
  const IoTable& io = table.value();
  if (end < io.inputs()) return io.input(end);
  return end - io.inputs() < io.outputs() ? io.output(end - io.inputs()) : IoEntry();
}

}  // namespace

const char* TensorView::name() const { return EntryOf(program_, end_).name; }

TensorQuantization TensorView::quantization() const {
  const IoEntry entry = EntryOf(program_, end_);
  if (!entry.quantized) return {};
  return {entry.scale, entry.zero_point};
}

}  // namespace cortico
