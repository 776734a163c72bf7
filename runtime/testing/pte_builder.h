// Builds program files for tests, good ones and, field by field, bad ones. Every number that a
// reader has to distrust can be set to anything.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "cortico_pte_generated.h"

namespace cortico::testing {

namespace fb = executorch_flatbuffer;

/// A tensor as the file describes it.
struct TensorSpec {
  int8_t dtype = 1;
  std::vector<int32_t> sizes;
  std::vector<uint8_t> order;  ///< empty: 0, 1, 2, …
  bool planned = true;
  uint32_t memory_id = 1;
  uint32_t offset = 0;
  uint32_t offset_high = 0;
  uint32_t buffer = 0;
  int32_t storage_offset = 0;
  int8_t dynamism = 0;
  bool external = false;
  bool on_cuda = false;
  uint64_t state_index = 0;

  std::vector<uint8_t> Order() const {
    std::vector<uint8_t> result = order;
    for (size_t i = 0; order.empty() && i < sizes.size(); ++i) {
      result.push_back(static_cast<uint8_t>(i));
    }
    return result;
  }
};

struct CallSpec {
  int32_t op = 0;
  std::vector<int32_t> args;
  fb::InstructionArguments kind = fb::InstructionArguments_KernelCall;
};

class PteBuilder {
 public:
  // ---- values; each returns its index ----------------------------------------------------------

  int32_t Tensor(TensorSpec spec) {
    return Add({fb::KernelTypes_Tensor, 0, 0, std::move(spec), {}});
  }
  int32_t Planned(int8_t dtype, std::vector<int32_t> sizes, uint32_t offset,
                  std::vector<uint8_t> order = {}) {
    TensorSpec spec;
    spec.dtype = dtype;
    spec.sizes = std::move(sizes);
    spec.order = std::move(order);
    spec.offset = offset;
    return Tensor(std::move(spec));
  }
  template <class T>
  int32_t Constant(int8_t dtype, std::vector<int32_t> sizes, const std::vector<T>& data) {
    TensorSpec spec;
    spec.dtype = dtype;
    spec.sizes = std::move(sizes);
    spec.planned = false;
    spec.buffer = AddData(constants, constant_offsets, data);
    return Tensor(std::move(spec));
  }
  int32_t Int(int64_t v) { return Add({fb::KernelTypes_Int, v, 0, {}, {}}); }
  int32_t Bool(bool v) { return Add({fb::KernelTypes_Bool, v, 0, {}, {}}); }
  int32_t Double(double v) { return Add({fb::KernelTypes_Double, 0, v, {}, {}}); }
  int32_t Null() { return Add({fb::KernelTypes_Null, 0, 0, {}, {}}); }
  int32_t Ints(const std::vector<int64_t>& v) {
    std::vector<int64_t> items;
    for (int64_t i : v) items.push_back(Int(i));
    return Add({fb::KernelTypes_IntList, 0, 0, {}, items});
  }

  int32_t Call(const std::string& name, std::vector<int32_t> args,
               const std::string& overload = "out") {
    operators.push_back({name, overload});
    calls.push_back({static_cast<int32_t>(operators.size()) - 1, std::move(args),
                     fb::InstructionArguments_KernelCall});
    return static_cast<int32_t>(calls.size()) - 1;
  }

  template <class T>
  static uint32_t AddData(std::vector<uint8_t>& segment, std::vector<uint64_t>& offsets,
                          const std::vector<T>& data) {
    while (segment.size() % 16 != 0) segment.push_back(0);
    offsets.push_back(segment.size());
    const auto* bytes = reinterpret_cast<const uint8_t*>(data.data());
    segment.insert(segment.end(), bytes, bytes + data.size() * sizeof(T));
    return static_cast<uint32_t>(offsets.size()) - 1;
  }

  // ---- what the file will hold; change it at will ----------------------------------------------

  struct ValueSpec {
    fb::KernelTypes kind;
    int64_t number;
    double real;
    TensorSpec tensor;
    std::vector<int64_t> items;
  };
  std::vector<ValueSpec> values;
  std::vector<std::pair<std::string, std::string>> operators;
  std::vector<CallSpec> calls;
  std::vector<int32_t> inputs, outputs;
  std::vector<int64_t> banks = {0};
  std::vector<uint8_t> constants, state;
  std::vector<uint64_t> constant_offsets = {0}, state_offsets = {0};
  std::vector<std::pair<std::string, std::vector<uint8_t>>> named;
  uint32_t constant_segment = 0;
  int plans = 1;
  bool inline_constants = false;
  uint32_t header_length = 32;  ///< 0: none
  uint64_t extra_segment_bytes = 0;  ///< that the last segment claims and does not have
  uint32_t named_segment_shift = 0;

  std::vector<uint8_t> Build() const {
    flatbuffers::FlatBufferBuilder b;
    std::vector<flatbuffers::Offset<fb::EValue>> evalues;
    for (const ValueSpec& v : values) evalues.push_back(fb::CreateEValue(b, v.kind, Payload(b, v)));
    std::vector<flatbuffers::Offset<fb::Operator>> ops;
    for (const auto& [name, overload] : operators) {
      ops.push_back(fb::CreateOperatorDirect(b, name.c_str(), overload.c_str()));
    }
    std::vector<flatbuffers::Offset<fb::Instruction>> instructions;
    for (const CallSpec& call : calls) {
      const auto args = call.kind == fb::InstructionArguments_FreeCall
                            ? fb::CreateFreeCall(b, 0).Union()
                            : fb::CreateKernelCallDirect(b, call.op, &call.args).Union();
      instructions.push_back(fb::CreateInstruction(b, call.kind, args));
    }
    const std::vector<flatbuffers::Offset<fb::Chain>> chains = {
        fb::CreateChainDirect(b, nullptr, nullptr, &instructions)};
    std::vector<flatbuffers::Offset<fb::ExecutionPlan>> all_plans;
    for (int i = 0; i < plans; ++i) {
      all_plans.push_back(fb::CreateExecutionPlanDirect(b, "forward", 0, &evalues, &inputs,
                                                        &outputs, &chains, &ops, nullptr, &banks));
    }
    std::vector<flatbuffers::Offset<fb::Buffer>> buffers;
    if (inline_constants) buffers.push_back(fb::CreateBufferDirect(b, &constants));

    std::vector<uint8_t> data;
    std::vector<flatbuffers::Offset<fb::DataSegment>> segments;
    const auto segment = [&](const std::vector<uint8_t>& bytes, uint64_t more) {
      while (data.size() % 16 != 0) data.push_back(0);
      segments.push_back(fb::CreateDataSegment(b, data.size(), bytes.size() + more));
      data.insert(data.end(), bytes.begin(), bytes.end());
    };
    segment(constants, named.empty() && state.empty() ? extra_segment_bytes : 0);
    if (!state.empty()) segment(state, named.empty() ? extra_segment_bytes : 0);
    std::vector<flatbuffers::Offset<fb::NamedData>> names;
    for (const auto& [key, bytes] : named) {
      names.push_back(fb::CreateNamedDataDirect(
          b, key.c_str(), static_cast<uint32_t>(segments.size()) + named_segment_shift));
      segment(bytes, 0);
    }
    std::vector<flatbuffers::Offset<fb::SubsegmentOffsets>> states;
    if (!state.empty()) states.push_back(fb::CreateSubsegmentOffsetsDirect(b, 1, &state_offsets));
    const auto constant_places =
        fb::CreateSubsegmentOffsetsDirect(b, constant_segment, &constant_offsets);
    b.Finish(fb::CreateProgramDirect(b, 0, &all_plans, &buffers, nullptr, &segments,
                                     constant_places, &states, &names),
             fb::ProgramIdentifier());

    std::vector<uint8_t> file(b.GetBufferPointer(), b.GetBufferPointer() + b.GetSize());
    if (header_length == 0) return file;
    // The header goes behind the identifier. All offsets but the root's are relative, and 32 bytes
    // leave every alignment as it was.
    file.insert(file.begin() + 8, 32, 0);
    Put<uint32_t>(file, 0, Get<uint32_t>(file, 0) + 32);
    while (file.size() % 16 != 0) file.push_back(0);
    std::memcpy(&file[8], "eh00", 4);
    Put<uint32_t>(file, 12, header_length);
    Put<uint64_t>(file, 16, file.size());
    Put<uint64_t>(file, 24, file.size());
    if (header_length >= 32) Put<uint64_t>(file, 32, data.size());
    file.insert(file.end(), data.begin(), data.end());
    return file;
  }

  template <class T>
  static T Get(const std::vector<uint8_t>& file, size_t at) {
    T value;
    std::memcpy(&value, &file[at], sizeof(T));
    return value;
  }
  template <class T>
  static void Put(std::vector<uint8_t>& file, size_t at, T value) {
    std::memcpy(&file[at], &value, sizeof(T));
  }

 private:
  int32_t Add(ValueSpec value) {
    values.push_back(std::move(value));
    return static_cast<int32_t>(values.size()) - 1;
  }

  static flatbuffers::Offset<void> Payload(flatbuffers::FlatBufferBuilder& b, const ValueSpec& v) {
    switch (v.kind) {
      case fb::KernelTypes_Int:
        return fb::CreateInt(b, v.number).Union();
      case fb::KernelTypes_Bool:
        return fb::CreateBool(b, v.number != 0).Union();
      case fb::KernelTypes_Double:
        return fb::CreateDouble(b, v.real).Union();
      case fb::KernelTypes_IntList:
        return fb::CreateIntListDirect(b, &v.items).Union();
      case fb::KernelTypes_Tensor: {
        const TensorSpec& t = v.tensor;
        const std::vector<uint8_t> order = t.Order();
        flatbuffers::Offset<fb::AllocationDetails> place = 0;
        if (t.planned) {
          place = fb::CreateAllocationDetails(b, t.memory_id, t.offset, t.offset_high);
        }
        flatbuffers::Offset<fb::ExtraTensorInfo> extra = 0;
        if (t.external || t.on_cuda || t.state_index != 0) {
          extra = fb::CreateExtraTensorInfoDirect(
              b, t.state_index, nullptr,
              t.external ? fb::TensorDataLocation_EXTERNAL : fb::TensorDataLocation_SEGMENT,
              t.on_cuda ? fb::DeviceType_CUDA : fb::DeviceType_CPU);
        }
        return fb::CreateTensorDirect(b, static_cast<fb::ScalarType>(t.dtype), t.storage_offset,
                                      &t.sizes, &order, false, t.buffer, place, 0,
                                      static_cast<fb::TensorShapeDynamism>(t.dynamism), extra)
            .Union();
      }
      default:
        return fb::CreateNull(b).Union();
    }
  }
};

/// float[n] → int8 → float[n]: scale 0.5, zero point 3. Values 0 (in), 1 (q), 2 (out).
inline PteBuilder QuantizeDequantize(int32_t n = 8) {
  PteBuilder b;
  const auto bytes = static_cast<uint32_t>(n) * 4;
  const int32_t in = b.Planned(6, {n}, 0);
  const int32_t q = b.Planned(1, {n}, bytes);
  const int32_t out = b.Planned(6, {n}, bytes + 16);
  const int32_t scale = b.Double(0.5), zero = b.Int(3), low = b.Int(-128), high = b.Int(127);
  const int32_t dtype = b.Int(1);
  b.Call("cortex_m::quantize_per_tensor", {in, scale, zero, low, high, dtype, q, q});
  b.Call("cortex_m::dequantize_per_tensor", {q, scale, zero, low, high, dtype, out, out});
  b.inputs = {in};
  b.outputs = {out};
  b.banks = {0, int64_t{bytes} * 2 + 16};
  return b;
}

/// int8 [1, 2, 2, 3] NHWC → conv 1x1 with two filters: channel 0 + channel 1 + 10, and minus
/// channel 1, scale 1. The place of each argument in the call is that of the schema.
inline PteBuilder Convolution() {
  PteBuilder b;
  const int32_t in = b.Planned(1, {1, 2, 2, 3}, 0, {0, 2, 3, 1});
  const int32_t weight = b.Constant<int8_t>(1, {2, 1, 1, 2}, {1, 1, 0, -1});
  const int32_t bias = b.Constant<int32_t>(3, {2}, {10, 0});
  const int32_t ones = b.Ints({1, 1}), zeros = b.Ints({0, 0}), dilation = b.Ints({1, 1});
  const int32_t input_offset = b.Int(0), output_offset = b.Int(0);
  const int32_t multipliers = b.Constant<int32_t>(3, {2}, {1 << 30, 1 << 30});
  const int32_t shifts = b.Constant<int32_t>(3, {2}, {1, 1});
  const int32_t low = b.Int(-128), high = b.Int(127);
  const int32_t scratch = b.Planned(0, {64}, 32);
  const int32_t out = b.Planned(1, {1, 2, 2, 3}, 16, {0, 2, 3, 1});
  b.Call("cortex_m::quantized_conv2d",
         {in, weight, bias, ones, zeros, dilation, input_offset, output_offset, multipliers, shifts,
          low, high, scratch, out, out});
  b.inputs = {in};
  b.outputs = {out};
  b.banks = {0, 96};
  return b;
}

}  // namespace cortico::testing
