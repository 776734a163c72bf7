// Runs the layers of layers.csv on a board: instructions, stack and scratch of each call, and every
// output byte against what the host computed.
//   expected=<file> [model=<name>] [layer=<name>]
// For each layer it prints
//   LAYER <model> <name> <instructions> <stack> <scratch> ok
//   LAYER <model> <name> 0 0 0 wrong <what>
#include <cstdint>
#include <string_view>

#include "arm_nnfunctions.h"
#include "bench/kernels/layer.h"
#include "boards/common/board.h"
#include "runtime/platform/platform.h"
#include "runtime/platform/semihosting.h"

extern "C" uint32_t cortico_stack_top[];

namespace cortico::bench {
namespace {

namespace semihosting = platform::semihosting;

class Line {
 public:
  Line& operator<<(std::string_view text) {
    for (char c : text) {
      if (size_ < sizeof(text_)) text_[size_++] = c;
    }
    return *this;
  }
  Line& operator<<(int64_t value) {
    if (value < 0) return *this << "-" << -value;
    if (value >= 10) *this << value / 10;
    const char digit[] = {static_cast<char>('0' + value % 10)};
    return *this << std::string_view(digit, 1);
  }
  void Print() const { platform::Log({text_, size_}); }

 private:
  char text_[160];
  size_t size_ = 0;
};

// Memory of the board's largest free bank, given out from its start, 16-byte aligned.
class Memory {
 public:
  Memory() {
    for (size_t i = 0; board::FreeBank(i).size != 0; ++i) {
      if (board::FreeBank(i).size > bank_.size) bank_ = board::FreeBank(i);
    }
  }
  void Reset() { used_ = 0; }
  void* Take(size_t bytes) {
    bytes = (bytes + 15) / 16 * 16;
    if (bytes > bank_.size - used_) {
      platform::Log("no memory");
      platform::Halt(1);
    }
    void* memory = bank_.base + used_;
    used_ += bytes;
    return memory;
  }

 private:
  board::Bank bank_ = {};
  size_t used_ = 0;
};

// Bytes between red zones.
class Guarded {
 public:
  Guarded(Memory& memory, int32_t size)
      : begin_(static_cast<uint8_t*>(memory.Take(size + 2 * kZone))), size_(size) {
    for (int32_t i = 0; i < size + 2 * kZone; ++i) begin_[i] = kMark;
  }
  int8_t* data() const { return reinterpret_cast<int8_t*>(begin_ + kZone); }
  bool Intact() const {
    for (int32_t i = 0; i < kZone; ++i) {
      if (begin_[i] != kMark || begin_[kZone + size_ + i] != kMark) return false;
    }
    return true;
  }

 private:
  static constexpr int32_t kZone = 64;
  static constexpr uint8_t kMark = 0xa5;
  uint8_t* begin_;
  int32_t size_;
};

struct Cost {
  uint64_t instructions = 0;
  size_t stack = 0;
};

__attribute__((always_inline)) inline size_t StackDepth() {
  uintptr_t sp;
  __asm volatile("mov %0, sp" : "=r"(sp));
  return reinterpret_cast<uintptr_t>(cortico_stack_top) - sp;
}

// What `call` costs: its own instructions and those that pass its arguments.
template <typename Call>
__attribute__((noinline)) Cost Measure(Call call) {
  const uint64_t empty_begin = platform::Instructions();
  const uint64_t empty = platform::Instructions() - empty_begin;
  board::PaintStack();
  const size_t depth = StackDepth();
  const uint64_t begin = platform::Instructions();
  call();
  const uint64_t instructions = platform::Instructions() - begin;
  return {instructions - empty, board::StackUsed() - depth};
}

struct Job {
  const Layer& layer;
  Operands x;
  int8_t* output;
  arm_cmsis_nn_status status = ARM_CMSIS_NN_SUCCESS;
  int32_t scratch_size = 0;
  Guarded* scratch = nullptr;
};

constexpr cmsis_nn_activation kAnyOutput = {-128, 127};

cmsis_nn_dims Dims(Size size) { return {1, size.h, size.w, size.c}; }

cmsis_nn_context MakeScratch(Job& job, Memory& memory, Guarded& scratch, int32_t size) {
  job.scratch_size = size;
  scratch = Guarded(memory, size);
  job.scratch = &scratch;
  return {size == 0 ? nullptr : scratch.data(), size};
}

Cost RunConvolve(Job& job, Memory& memory, Guarded& scratch) {
  const Layer& layer = job.layer;
  const cmsis_nn_conv_params params = {
      kInputOffset,      layer.output_offset(), {layer.stride, layer.stride},
      {layer.pad.w, layer.pad.h}, {1, 1},       kAnyOutput};
  const cmsis_nn_per_channel_quant_params quant = {job.x.multiplier, job.x.shift};
  const cmsis_nn_dims in = Dims(layer.input), out = Dims(layer.output);
  const cmsis_nn_dims filter = {layer.output.c, layer.window.h, layer.window.w, layer.input.c};
  const cmsis_nn_dims bias = {1, 1, 1, layer.output.c};
  const cmsis_nn_context context = MakeScratch(
      job, memory, scratch, arm_convolve_wrapper_s8_get_buffer_size(&params, &in, &filter, &out));
  return Measure([&] {
    job.status = arm_convolve_wrapper_s8(&context, &params, &quant, &in, job.x.input, &filter,
                                         job.x.filter, &bias, job.x.bias, &out, job.output);
  });
}

Cost RunDepthwise(Job& job, Memory& memory, Guarded& scratch) {
  const Layer& layer = job.layer;
  const cmsis_nn_dw_conv_params params = {kInputOffset,
                                          layer.output_offset(),
                                          layer.output.c / layer.input.c,
                                          {layer.stride, layer.stride},
                                          {layer.pad.w, layer.pad.h},
                                          {1, 1},
                                          kAnyOutput};
  const cmsis_nn_per_channel_quant_params quant = {job.x.multiplier, job.x.shift};
  const cmsis_nn_dims in = Dims(layer.input), out = Dims(layer.output);
  const cmsis_nn_dims filter = {1, layer.window.h, layer.window.w, layer.output.c};
  const cmsis_nn_dims bias = {1, 1, 1, layer.output.c};
  const cmsis_nn_context context =
      MakeScratch(job, memory, scratch,
                  arm_depthwise_conv_wrapper_s8_get_buffer_size(&params, &in, &filter, &out));
  return Measure([&] {
    job.status = arm_depthwise_conv_wrapper_s8(&context, &params, &quant, &in, job.x.input, &filter,
                                               job.x.filter, &bias, job.x.bias, &out, job.output);
  });
}

Cost RunFullyConnected(Job& job, Memory& memory, Guarded& scratch) {
  const Layer& layer = job.layer;
  const cmsis_nn_fc_params params = {kInputOffset, 0, layer.output_offset(), kAnyOutput};
  const cmsis_nn_per_tensor_quant_params quant = {job.x.multiplier[0], job.x.shift[0]};
  const cmsis_nn_dims in = Dims(layer.input), out = Dims(layer.output);
  const cmsis_nn_dims filter = {layer.depth(), 1, 1, layer.output.c};
  const cmsis_nn_dims bias = {1, 1, 1, layer.output.c};
  const cmsis_nn_context context =
      MakeScratch(job, memory, scratch, arm_fully_connected_s8_get_buffer_size(&filter));
  if (context.buf != nullptr) {  // MVE: the kernel sums, made once for a model
    arm_vector_sum_s8(static_cast<int32_t*>(context.buf), layer.depth(), layer.output.c,
                      job.x.filter, kInputOffset, 0, job.x.bias);
  }
  return Measure([&] {
    job.status = arm_fully_connected_s8(&context, &params, &quant, &in, job.x.input, &filter,
                                        job.x.filter, &bias, job.x.bias, &out, job.output);
  });
}

Cost RunAdd(Job& job, Memory&, Guarded&) {
  using S = AddScales;
  return Measure([&] {
    job.status = arm_elementwise_add_s8(
        job.x.input, job.x.input2, S::kOffset1, S::kMultiplier1, S::kShift1, S::kOffset2,
        S::kMultiplier2, S::kShift2, S::kLeftShift, job.output, job.layer.output_offset(),
        S::kMultiplierOut, S::kShiftOut, -128, 127, job.layer.output.count());
  });
}

Cost RunAvgPool(Job& job, Memory& memory, Guarded& scratch) {
  const Layer& layer = job.layer;
  const cmsis_nn_pool_params params = {{1, 1}, {0, 0}, kAnyOutput};
  const cmsis_nn_dims in = Dims(layer.input), out = Dims(layer.output);
  const cmsis_nn_dims window = {1, layer.window.h, layer.window.w, 1};
  const cmsis_nn_context context =
      MakeScratch(job, memory, scratch,
                  arm_avgpool_s8_get_buffer_size(layer.output.w, layer.input.c));
  return Measure([&] {
    job.status =
        arm_avgpool_s8(&context, &params, &in, job.x.input, &window, &out, job.output);
  });
}

Cost RunSoftmax(Job& job, Memory&, Guarded&) {
  return Measure([&] {
    arm_softmax_s8(job.x.input, 1, job.layer.input.c, SoftmaxScale::kMultiplier,
                   SoftmaxScale::kShift, SoftmaxScale::kDiffMin, job.output);
  });
}

Cost Dispatch(Job& job, Memory& memory, Guarded& scratch) {
  switch (job.layer.kind) {
    case Kind::kConvolve: return RunConvolve(job, memory, scratch);
    case Kind::kDepthwise: return RunDepthwise(job, memory, scratch);
    case Kind::kFullyConnected: return RunFullyConnected(job, memory, scratch);
    case Kind::kAdd: return RunAdd(job, memory, scratch);
    case Kind::kAvgPool: return RunAvgPool(job, memory, scratch);
    case Kind::kSoftmax: return RunSoftmax(job, memory, scratch);
  }
  return {};
}

template <typename T>
T* TakeOf(Memory& memory, int32_t count) {
  return static_cast<T*>(memory.Take(count * sizeof(T)));
}

// True when the layer did what it must.
bool RunLayer(const Layer& layer, const int8_t* expected, Memory& memory) {
  const int32_t channels = layer.has_filter() ? layer.output.c : 0;
  const Guarded output(memory, layer.output.count());
  Guarded scratch(memory, 0);
  Job job = {layer,
             {TakeOf<int8_t>(memory, layer.input.count()),
              layer.kind == Kind::kAdd ? TakeOf<int8_t>(memory, layer.input.count()) : nullptr,
              TakeOf<int8_t>(memory, layer.filter_count()), TakeOf<int32_t>(memory, channels),
              TakeOf<int32_t>(memory, channels), TakeOf<int32_t>(memory, channels)},
             output.data()};
  Fill(layer, job.x);
  const Cost cost = Dispatch(job, memory, scratch);

  Line line;
  line << "LAYER " << layer.model << " " << layer.name << " ";
  const auto wrong = [&]() -> Line& { return line << "0 0 0 wrong "; };
  if (job.status != ARM_CMSIS_NN_SUCCESS) {
    (wrong() << "status " << job.status).Print();
    return false;
  }
  if (!output.Intact() || !scratch.Intact()) {
    (wrong() << (output.Intact() ? "writes past its scratch" : "writes past its output")).Print();
    return false;
  }
  for (int32_t i = 0; i < layer.output.count(); ++i) {
    if (output.data()[i] != expected[i]) {
      (wrong() << "output " << i << ": " << output.data()[i] << ", not " << expected[i]).Print();
      return false;
    }
  }
  (line << static_cast<int64_t>(cost.instructions) << " " << static_cast<int64_t>(cost.stack)
        << " " << job.scratch_size << " ok")
      .Print();
  return true;
}

int Main() {
  static char words[512];
  if (!semihosting::CommandLine(words, sizeof(words)) || !platform::CountsInstructions()) {
    platform::Log("no command line, or no instruction counter");
    return 2;
  }
  const std::string_view model = semihosting::Argument(words, "model=");
  const std::string_view only = semihosting::Argument(words, "layer=");
  static char path[128];
  semihosting::Argument(words, "expected=").copy(path, sizeof(path) - 1);
  const int file = semihosting::Open(path, semihosting::Mode::kRead);
  if (file == -1) {
    platform::Log("cannot open expected=");
    return 2;
  }
  Memory memory;
  bool good = true;
  for (const Layer& layer : kLayers) {
    memory.Reset();
    const int32_t size = layer.output.count();
    int8_t* expected = TakeOf<int8_t>(memory, size);
    if (semihosting::Read(file, expected, size) != static_cast<size_t>(size)) {
      platform::Log("expected= is too short");
      return 2;
    }
    if ((!model.empty() && model != layer.model) || (!only.empty() && only != layer.name)) continue;
    good = RunLayer(layer, expected, memory) && good;
  }
  return good ? 0 : 1;
}

}  // namespace
}  // namespace cortico::bench

int main() { return cortico::bench::Main(); }
