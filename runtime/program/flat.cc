#include "runtime/program/flat.h"

namespace cortico {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the file is read as it lies");

// The functions below keep three promises to each other: a FlatPos other than 0 that they return
// for a table or a vector is a multiple of 4, at least 4, and at most size_ - 4.

// Position of a field's value, `size` bytes that are inside of the buffer and aligned; 0 when the
// table does not have the field. The table's own size is not asked for: FlatBuffers' Python writer,
// which ExecuTorch uses, gives two tables one vtable when their fields lie alike, whatever the last
// one's width, and one of the two sizes is then wrong.
FlatPos FlatReader::Field(FlatPos table, uint32_t field, uint32_t size) {
  if (table == 0) return 0;
  const uint32_t vtable = table - static_cast<uint32_t>(At<int32_t>(table));
  if (vtable % 2 != 0 || vtable > size_ - 4) return Bad();
  const uint32_t vtable_bytes = At<uint16_t>(vtable);
  if (vtable_bytes > size_ - vtable) return Bad();
  if (field + 2 > vtable_bytes) return 0;
  const uint32_t offset = At<uint16_t>(vtable + field);
  if (offset == 0) return 0;
  if (offset + size > size_ - table || ((table + offset) & (size - 1)) != 0) return Bad();
  return table + offset;
}

// The table or vector that the offset at `at` leads to.
FlatPos FlatReader::Follow(FlatPos at) {
  const uint32_t offset = At<uint32_t>(at);
  if (offset > size_ - 4 - at || offset == 0 || (at + offset) % 4 != 0) return Bad();
  return at + offset;
}

FlatVector FlatReader::VectorOf(FlatPos table, uint32_t field, uint32_t log2_element_size) {
  const FlatPos at = Table(table, field);
  if (at == 0) return {};
  const uint32_t count = At<uint32_t>(at);
  const uint32_t first = at + 4;
  if (count == 0) return {};
  if (count > (size_ - first) >> log2_element_size ||
      (first & ((1u << log2_element_size) - 1)) != 0) {
    Bad();
    return {};
  }
  return {first, count};
}

const char* FlatReader::String(FlatPos table, uint32_t field) {
  const FlatVector text = VectorOf(table, field, 0);
  if (text.count == 0) return "";
  const uint32_t end = text.first + text.count;
  if (end >= size_ || data_[end] != 0) {
    Bad();
    return "";
  }
  return reinterpret_cast<const char*>(data_ + text.first);
}

}  // namespace cortico
