// What a program file says of itself, read with the device's own reader: where the tensors lie,
// which ops are called. For whoever brings a program its inputs and looks at its results from
// outside.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/graph/diagnostics.h"
#include "compiler/program.h"
#include "compiler/target.h"

namespace cortico {

struct ProgramListing {
  struct Tensor {
    std::string name;  ///< inputs and outputs only
    TensorType type;
    int bank = -1;        ///< of the arena; -1: a constant, or nothing planned
    uint32_t offset = 0;  ///< in the bank
  };
  struct Call {
    std::string op;        ///< "cortex_m::quantized_conv2d"
    std::string overload;  ///< "out"
    /// The first tensor that the call writes; nullopt when its last argument is none.
    std::optional<Tensor> output;
    Location location;  ///< empty in a stripped file
  };

  std::optional<Isa> isa;  ///< family it was compiled for; nullopt: the file does not say
  std::string cpu;         ///< core it was compiled for; empty: the file does not say
  std::vector<Tensor> inputs, outputs;
  std::vector<Call> calls;
  std::vector<uint32_t> planned;  ///< bytes per bank, trailing empty banks left out
  /// Some call reads memory where no earlier one has written and no input lies: what a run finds
  /// there is what the one before it left. True as well for ops that this build does not know.
  bool keeps_state = false;

  /// Bytes that the records of all calls take: on a 32-bit core, and on this machine. Ops that this
  /// build does not know count nothing.
  uint32_t target_record_bytes = 0;
  uint32_t host_record_bytes = 0;
};

/// More than the largest board has; a file that asks for more is damaged.
inline constexpr int64_t kMostPlanned = int64_t{256} << 20;

/// Nullopt after an error: a damaged file. Whether the program can run is for Model::Load to say.
std::optional<ProgramListing> ListProgram(const std::vector<uint8_t>& pte,
                                          Diagnostics& diagnostics);

/// The same bytes at a multiple of 16.
class AlignedBytes {
 public:
  AlignedBytes() = default;
  explicit AlignedBytes(size_t size) : blocks_((size + 15) / 16), size_(size) {}
  explicit AlignedBytes(const std::vector<uint8_t>& bytes);
  uint8_t* data() { return blocks_.empty() ? nullptr : blocks_.data()->bytes; }
  const uint8_t* data() const { return blocks_.empty() ? nullptr : blocks_.data()->bytes; }
  size_t size() const { return size_; }

 private:
  struct alignas(16) Block {
    uint8_t bytes[16];
  };
  std::vector<Block> blocks_;
  size_t size_ = 0;
};

/// `tensor`'s elements as they lie in the memory of `type`, which has equal sizes.
Bytes ToMemoryOrder(const HostTensor& tensor, const TensorType& type);
/// Bytes of a tensor in memory as a dense row-major tensor; its type has no dim order.
HostTensor ToLogicalOrder(const uint8_t* bytes, const TensorType& type);

}  // namespace cortico
