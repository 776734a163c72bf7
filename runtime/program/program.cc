// The extended header stands in the FlatBuffer, right behind the file identifier, where nothing
// else can be:
//   8   "eh00"
//   12  u32 length of the header: 24, or 32 with the last field
//   16  u64 bytes of the FlatBuffer
//   24  u64 where segments begin, 0 when there are none
//   32  u64 bytes of all segments
// A program without segments may do without the header.
#include "runtime/program/program.h"

#include <cstring>

#include "cortico_pte_generated.h"

namespace cortico {
namespace {

namespace fb = executorch_flatbuffer;

constexpr uint32_t kIdentifierAt = 4;
constexpr uint32_t kHeaderAt = 8;
constexpr uint32_t kShortHeader = 24;
constexpr uint32_t kLongHeader = 32;

template <class T>
T At(const uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

}  // namespace

Result<Program> Program::Open(Span<const uint8_t> file) {
  const uint8_t* const data = file.data();
  if (reinterpret_cast<uintptr_t>(data) % kProgramAlignment != 0) return Error::kMisaligned;
  if (file.size() < kHeaderAt) return Error::kTruncated;
  if (std::memcmp(data + kIdentifierAt, "ET12", 4) != 0) return Error::kNotAProgram;
  if (file.size() > INT32_MAX) return Error::kUnsupported;

  Program program;
  program.data_ = data;
  program.tables_size_ = static_cast<uint32_t>(file.size());
  uint64_t segment_bytes = 0;
  if (file.size() >= kHeaderAt + kShortHeader &&
      std::memcmp(data + kHeaderAt, "eh00", 4) == 0) {
    const uint32_t length = At<uint32_t>(data + kHeaderAt + 4);
    const uint64_t tables = At<uint64_t>(data + kHeaderAt + 8);
    const uint64_t base = At<uint64_t>(data + kHeaderAt + 16);
    if (length < kShortHeader || tables < uint64_t{kHeaderAt} + length) {
      return Error::kCorrupt;
    }
    if (tables > file.size() || base > file.size()) return Error::kTruncated;
    program.tables_size_ = static_cast<uint32_t>(tables);
    if (base != 0) {
      if (base < tables) return Error::kCorrupt;
      program.segment_base_ = static_cast<uint32_t>(base);
      segment_bytes = file.size() - base;
      if (length >= kLongHeader) {
        const uint64_t said = At<uint64_t>(data + kHeaderAt + 24);
        if (said > segment_bytes) return Error::kTruncated;
        // 0: a writer that left the field out and kept the length.
        if (said != 0) segment_bytes = said;
      }
    }
  }

  FlatReader reader = program.reader();
  program.root_ = reader.Root();
  const FlatVector plans = reader.Tables(program.root_, fb::Program::VT_EXECUTION_PLAN);
  program.plan_ = reader.Element(plans, 0);
  const FlatVector inline_constants =
      reader.Tables(program.root_, fb::Program::VT_CONSTANT_BUFFER);
  const FlatVector segments = reader.Tables(program.root_, fb::Program::VT_SEGMENTS);
  for (uint32_t i = 0; i < segments.count; ++i) {
    const FlatPos segment = reader.Element(segments, i);
    const auto offset = reader.Scalar<uint64_t>(segment, fb::DataSegment::VT_OFFSET);
    const auto size = reader.Scalar<uint64_t>(segment, fb::DataSegment::VT_SIZE);
    if (offset > segment_bytes || size > segment_bytes - offset) return Error::kTruncated;
  }
  const FlatVector names = reader.Tables(program.root_, fb::Program::VT_NAMED_DATA);
  for (uint32_t i = 0; i < names.count; ++i) {
    const FlatPos name = reader.Element(names, i);
    reader.String(name, fb::NamedData::VT_KEY);
    if (reader.Scalar<uint32_t>(name, fb::NamedData::VT_SEGMENT_INDEX) >= segments.count) {
      return Error::kIndexOutOfRange;
    }
  }
  if (!reader.ok()) return Error::kCorrupt;
  if (program.plan_ == 0 || inline_constants.count != 0) return Error::kUnsupported;
  return program;
}

Span<const uint8_t> Program::Segment(uint32_t index) const {
  FlatReader reader(data_, tables_size_);
  const FlatPos segment =
      reader.Element(reader.Tables(root_, fb::Program::VT_SEGMENTS), index);
  if (segment == 0) return {};
  const auto offset =
      static_cast<uint32_t>(reader.Scalar<uint64_t>(segment, fb::DataSegment::VT_OFFSET));
  const auto size =
      static_cast<uint32_t>(reader.Scalar<uint64_t>(segment, fb::DataSegment::VT_SIZE));
  return {data_ + segment_base_ + offset, size};
}

Result<const uint8_t*> Program::SegmentData(FlatPos subsegment, uint32_t index,
                                            uint32_t size) const {
  FlatReader reader(data_, tables_size_);
  const FlatVector offsets = reader.Vector<uint64_t>(subsegment, fb::SubsegmentOffsets::VT_OFFSETS);
  const Span<const uint8_t> segment =
      Segment(reader.Scalar<uint32_t>(subsegment, fb::SubsegmentOffsets::VT_SEGMENT_INDEX));
  if (!reader.ok()) return Error::kCorrupt;
  if (segment.data() == nullptr || index >= offsets.count) return Error::kIndexOutOfRange;
  const auto offset = reader.Element<uint64_t>(offsets, index);
  if (offset > segment.size() || size > segment.size() - offset) return Error::kIndexOutOfRange;
  return segment.data() + offset;
}

Span<const uint8_t> Program::NamedData(const char* key) const {
  FlatReader reader(data_, tables_size_);
  const FlatVector names = reader.Tables(root_, fb::Program::VT_NAMED_DATA);
  for (uint32_t i = 0; i < names.count; ++i) {
    const FlatPos name = reader.Element(names, i);
    if (SameText(reader.String(name, fb::NamedData::VT_KEY), key)) {
      return Segment(reader.Scalar<uint32_t>(name, fb::NamedData::VT_SEGMENT_INDEX));
    }
  }
  return {};
}

}  // namespace cortico
