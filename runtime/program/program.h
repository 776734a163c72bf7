// The program file: opened where it lies, never copied, never trusted.
#pragma once

#include <cstdint>

#include "runtime/core/result.h"
#include "runtime/core/span.h"
#include "runtime/program/flat.h"

namespace cortico {

/// Of the file's first byte, so that constants are aligned where their offsets are.
inline constexpr size_t kProgramAlignment = 16;

/// Named data that the runtime itself looks at: one byte, the family that the program is for.
inline constexpr char kTargetKey[] = "cortico.v1.target";

/// The bytes belong to the caller and outlive the program and every model made from it. Five words.
class Program {
 public:
  Program() = default;

  /// Any bytes at all: an error, never a fault. Checks the header, the segments and what names
  /// them; values and instructions are checked when a model is loaded.
  ///   kMisaligned   `file` is not at a multiple of 16
  ///   kNotAProgram  identifier other than ET12
  ///   kTruncated    the header speaks of more bytes than there are
  ///   kUnsupported  no method; constants inside of the FlatBuffer; 2^31 bytes or more
  ///   kCorrupt, kIndexOutOfRange  tables that lead nowhere
  static Result<Program> Open(Span<const uint8_t> file);

  /// Bytes stored under a key; null data when there is no such key.
  Span<const uint8_t> NamedData(const char* key) const;

  // ---- for Model -------------------------------------------------------------------------------

  FlatReader reader() const { return FlatReader(data_, tables_size_); }
  FlatPos root() const { return root_; }
  /// The ExecutionPlan that a model is made from.
  FlatPos plan() const { return plan_; }
  /// `size` bytes from `offsets[index]` on, where `subsegment` is a SubsegmentOffsets table.
  Result<const uint8_t*> SegmentData(FlatPos subsegment, uint32_t index, uint32_t size) const;

 private:
  /// The bytes of segment `index`; null data when there is none. After Open only.
  Span<const uint8_t> Segment(uint32_t index) const;

  const uint8_t* data_ = nullptr;
  uint32_t tables_size_ = 0;   ///< of the FlatBuffer at the start of the file
  uint32_t segment_base_ = 0;  ///< from the start of the file
  FlatPos root_ = 0;
  FlatPos plan_ = 0;
};

}  // namespace cortico
