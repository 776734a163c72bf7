// Reads a FlatBuffer without trusting one byte of it.
//
// FlatBuffers' own way is to verify a whole buffer first, with code generated from the schema, and
// to read without checks afterwards. Here every access is checked where it happens. The program is
// read once, at Load, so nothing is lost; what is not read needs no check; there is no recursion
// whose depth needs a limit; and it is a tenth of the code (runtime/README.md). The field ids still
// come from the schema: they are the VT_ constants of the header that flatc generates.
#pragma once

#include <cstdint>
#include <cstring>

namespace cortico {

/// A position in the buffer, in bytes. 0 stands for "absent": no table and no vector is there, and
/// whatever is asked of an absent one is absent too.
using FlatPos = uint32_t;

/// Whether two texts are equal. The C library's strcmp is a tenth of what the reader itself takes.
inline bool SameText(const char* a, const char* b) {
  while (*a != '\0' && *a == *b) ++a, ++b;
  return *a == *b;
}

/// Elements in a row; the first one's address is aligned to their size.
struct FlatVector {
  FlatPos first = 0;
  uint32_t count = 0;
};

/// After an access that leads out of the buffer, `ok()` is false for good and the access has
/// returned what it returns for something absent. Cheap to make and to copy: make one per task.
class FlatReader {
 public:
  /// `data` is aligned to 8 bytes; `size` is at most 2^31 - 1.
  FlatReader(const uint8_t* data, uint32_t size) : data_(data), size_(size) {}

  bool ok() const { return ok_; }
  void Fail() { ok_ = false; }

  /// The root table.
  FlatPos Root() { return size_ < 8 ? Bad() : Follow(0); }

  /// `field` is a VT_ constant, as everywhere below.
  template <class T>
  T Scalar(FlatPos table, uint32_t field, T otherwise = T()) {
    const FlatPos at = Field(table, field, sizeof(T));
    return at == 0 ? otherwise : At<T>(at);
  }
  FlatPos Table(FlatPos table, uint32_t field) { return Target(Field(table, field, 4)); }
  /// Elements of `T`, an integer type.
  template <class T>
  FlatVector Vector(FlatPos table, uint32_t field) {
    return VectorOf(table, field, sizeof(T) == 8 ? 3 : sizeof(T) == 4 ? 2 : 0);
  }
  FlatVector Tables(FlatPos table, uint32_t field) { return VectorOf(table, field, 2); }
  /// A zero-terminated string; "" when absent.
  const char* String(FlatPos table, uint32_t field);

  /// Element `i` of a vector of scalars; i < count.
  template <class T>
  T Element(FlatVector vector, uint32_t i) const {
    return At<T>(vector.first + i * static_cast<uint32_t>(sizeof(T)));
  }
  /// Element `i` of a vector of tables; absent for an `i` that is out of range, which is no error
  /// of the buffer: the caller knows what it means.
  FlatPos Element(FlatVector tables, uint32_t i) {
    return i < tables.count ? Follow(tables.first + 4 * i) : 0;
  }
  const uint8_t* Address(FlatPos at) const { return data_ + at; }

 private:
  FlatPos Field(FlatPos table, uint32_t field, uint32_t size);
  FlatPos Follow(FlatPos at);
  FlatVector VectorOf(FlatPos table, uint32_t field, uint32_t log2_element_size);
  FlatPos Target(FlatPos at) { return at == 0 ? 0 : Follow(at); }
  FlatPos Bad() {
    ok_ = false;
    return 0;
  }
  template <class T>
  T At(FlatPos at) const {
    T value;
    std::memcpy(&value, __builtin_assume_aligned(data_ + at, alignof(T)), sizeof(T));
    return value;
  }

  const uint8_t* data_;
  uint32_t size_;
  bool ok_ = true;
};

}  // namespace cortico
