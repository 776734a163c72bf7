// Names and quantization of a program's inputs and outputs: named data "cortico.v1.io".
//
//   0   u8  version, 1
//   1   u8  0
//   2   u16 number of inputs
//   4   u16 number of outputs
//   6   u16 0
//   8   one entry of 16 bytes per input, then one per output:
//         0  f32 scale             real = (q - zero_point) * scale; 0 when not quantized
//         4  i32 zero point
//         8  u32 where the name begins, from the start of the table
//         12 u16 bytes of the name without the zero behind it
//         14 u8  1 when quantized, otherwise 0
//         15 u8  0
//   …   names, each followed by a zero byte
//
// Little-endian. A reader of version 1 refuses other versions; what follows the names is ignored.
#pragma once

#include <cstdint>
#include <cstring>

#include "runtime/core/result.h"
#include "runtime/core/span.h"

namespace cortico {

inline constexpr char kIoKey[] = "cortico.v1.io";

/// One input or output.
struct IoEntry {
  const char* name = "";   ///< zero-terminated, points into the table
  bool quantized = false;  ///< per tensor; otherwise `scale` and `zero_point` mean nothing
  float scale = 0.0f;
  int32_t zero_point = 0;
};

/// Checks all of the table when it is opened and nothing afterwards. Two words.
class IoTable {
 public:
  static constexpr uint32_t kHeaderBytes = 8;
  static constexpr uint32_t kEntryBytes = 16;
  static constexpr uint8_t kVersion = 1;

  IoTable() = default;

  /// Any bytes, at any alignment; they outlive the table. kTruncated, kUnsupported (another
  /// version), kCorrupt (a name that leads out of the table or has no end).
  static Result<IoTable> Open(Span<const uint8_t> bytes) {
    if (bytes.size() < kHeaderBytes) return Error::kTruncated;
    IoTable table;
    table.data_ = bytes.data();
    if (bytes[0] != kVersion) return Error::kUnsupported;
    table.inputs_ = table.At<uint16_t>(2);
    table.outputs_ = table.At<uint16_t>(4);
    const uint32_t count = uint32_t{table.inputs_} + table.outputs_;
    if ((bytes.size() - kHeaderBytes) / kEntryBytes < count) return Error::kTruncated;
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t entry = kHeaderBytes + i * kEntryBytes;
      const uint32_t name = table.At<uint32_t>(entry + 8);
      const uint32_t length = table.At<uint16_t>(entry + 12);
      if (name >= bytes.size() || length >= bytes.size() - name) return Error::kCorrupt;
      if (bytes[name + length] != 0) return Error::kCorrupt;
    }
    return table;
  }

  int inputs() const { return inputs_; }
  int outputs() const { return outputs_; }
  /// 0 <= i < inputs()
  IoEntry input(int i) const { return Entry(static_cast<uint32_t>(i)); }
  /// 0 <= i < outputs()
  IoEntry output(int i) const { return Entry(static_cast<uint32_t>(inputs_ + i)); }

 private:
  template <class T>
  T At(uint32_t offset) const {
    T value;
    std::memcpy(&value, data_ + offset, sizeof(T));
    return value;
  }

  IoEntry Entry(uint32_t index) const {
    const uint32_t at = kHeaderBytes + index * kEntryBytes;
    IoEntry entry;
    entry.scale = At<float>(at);
    entry.zero_point = At<int32_t>(at + 4);
    entry.name = reinterpret_cast<const char*>(data_ + At<uint32_t>(at + 8));
    entry.quantized = data_[at + 14] != 0;
    return entry;
  }

  const uint8_t* data_ = nullptr;
  uint16_t inputs_ = 0;
  uint16_t outputs_ = 0;
};

}  // namespace cortico
