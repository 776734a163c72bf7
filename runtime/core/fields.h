// The words in which an operator says its signature, once, for both of its lives.
//
// An op is `template <class D> struct Name` with members of the kinds below and one function
//
//   template <class Op, class Visitor> static constexpr void Fields(Op& op, Visitor& visit) {
//     visit("input", op.input);
//     visit("stride", op.stride);
//     ...
//     visit("out", op.out);
//   }
//
// `D` is the domain: `Device` (pointers, this file) or `Graph` (values of the compiler's graph,
// compiler/graph/op_domain.h). Schema text, the decoder of the program file, the emitter, the
// printer and the verifier are visitors of the same list, in schema order, outputs last. Members
// are declared in that order too: the device's decoder fills a record from first to last.
//
// Beside the kinds below a field may be `int32_t` (schema `int`), `float`, `bool`, and `DType`
// (`ScalarType`). `kName` is namespace and name; the overload is "out" unless the op has a
// `kOverload`. An op whose schema is not ours to choose says it whole in `kSchema`.
//
// The target's half is two functions, declared in op.h and defined in run.cc:
//
//   CORTICO_AT_LOAD Error Check(const Name<Device>& op);  // at Load: everything that could make Run go wrong
//   void Run(const Name<Device>& op);     // cannot fail
#pragma once

#include <cstdint>

#include "runtime/core/dtype.h"
#include "runtime/core/error.h"
#include "runtime/core/tensor.h"

/// In front of a function that runs once, when a model is loaded: compiled for size.
#define CORTICO_AT_LOAD __attribute__((cold))

namespace cortico {

/// The target's domain: a tensor is a record that points at bytes.
struct Device {
  using Value = Tensor;
};

/// A tensor that the op reads. Schema: `Tensor name`.
template <class D>
struct In : D::Value {};

/// At most `N` tensors that the op reads, `count` of them meant. Schema: `Tensor[] name`.
template <class D, int N>
struct InList {
  int32_t count = 0;
  typename D::Value v[N];
};

/// A tensor that the op reads, or none: then `data` is null (device) or `value` is null (graph).
/// Schema: `Tensor? name`.
template <class D>
struct OptionalIn : D::Value {};

/// A tensor whose bytes are part of the program. Schema: `Tensor name`.
template <class D>
struct Constant : D::Value {};

/// A constant that may be absent; then `data` is null (device) or `value` is null (graph).
/// Schema: `Tensor? name`.
template <class D>
struct OptionalConstant : D::Value {};

/// Working memory that lives only while the op runs. Schema: `Tensor name`.
template <class D>
struct Scratch : D::Value {};

/// The tensor that the op writes. Schema: `Tensor(a!) name`, after the `*`.
template <class D>
struct Out : D::Value {};

/// Exactly `N` integers. Schema: `int[] name`.
template <int N>
struct Ints {
  int32_t v[N] = {};
  int32_t& operator[](int i) { return v[i]; }
  int32_t operator[](int i) const { return v[i]; }
};

/// At most `N` integers, `count` of them meant. Schema: `int[] name`.
template <int N>
struct IntList {
  int32_t count = 0;
  int32_t v[N] = {};
  int32_t& operator[](int i) { return v[i]; }
  int32_t operator[](int i) const { return v[i]; }
};

/// At most `N` integers, or nothing at all: then `count` is -1. Schema: `int[]? name`.
template <int N>
struct OptionalIntList {
  int32_t count = -1;
  int32_t v[N] = {};
  bool present() const { return count >= 0; }
  int32_t& operator[](int i) { return v[i]; }
  int32_t operator[](int i) const { return v[i]; }
};

/// A number of any type: integer, real or truth value in the program. Schema: `Scalar name`.
struct Scalar {
  float v = 0.0f;
};

/// The same, or nothing. Schema: `Scalar? name`.
struct OptionalScalar {
  float v = 0.0f;
  int32_t present = 0;
};

/// An integer, or nothing; also an element type or a memory format. Schema: `int? name`.
struct OptionalInt {
  int32_t v = 0;
  int32_t present = 0;
};

/// At most `N` real numbers, or nothing at all: then `count` is -1. Schema: `float[]? name`.
template <int N>
struct OptionalFloats {
  int32_t count = -1;
  float v[N] = {};
  bool present() const { return count >= 0; }
};

/// A word out of a few that the op knows; it lies in the program. Schema: `str name`.
struct Text {
  const char* v = "";
};

}  // namespace cortico
