// Cases: small float programs, each of which must become certain ops of the dialect. An op's cases
// stand in its folder (ops/<folder>/cases.cc); the conformance suite takes every case through the
// dialect test and, on the host and on every board, through the implementation test.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "compiler/tester/tester.h"

namespace cortico {

struct OpCase {
  std::string name;   ///< "conv2d k3x3 s2 relu"
  std::string graph;  ///< text of a float graph; see GraphText
  OpCounts after;     ///< what must stand in it after the passes
  double low = -2.0, high = 2.0;  ///< range of the random inputs
  int qtol = 1;       ///< steps that the dialect's reference may differ from fake quantization
  bool in_float = false;  ///< compiled as it is, without quantizing
  /// How far a board's result may lie from the host's, as a part of it (of 0.01 for one that is
  /// smaller); 0: the same bits.
  double tolerance = 0;
  std::string tolerance_reason = "";

  /// exp, tanh, erf … of two C libraries, the host's and the board's, differ in the last bits.
  void TolerateLibm() {
    tolerance = 2e-6;
    tolerance_reason = "libm";
  }
};

/// Writes a graph as text, line by line.
class GraphText {
 public:
  /// Random numbers follow from `seed` alone.
  explicit GraphText(uint32_t seed) : state_(seed * 2654435761u + 1u) {}

  /// "%x", an input; `type` is "f32", "i64", "i32", "u8" or "bool".
  GraphText& Input(const std::string& name, const Ints64& sizes, const std::string& type = "f32");
  /// Random, uniform in [-magnitude, magnitude].
  GraphText& Constant(const std::string& name, const Ints64& sizes, double magnitude);
  /// "y = op(args)" with a result of these sizes; "args" as in the text form.
  GraphText& Node(const std::string& name, const Ints64& sizes, const std::string& call,
                  const std::string& type = "f32");
  /// The text, with the values of these names as outputs.
  std::string Done(const std::vector<std::string>& outputs) const;

 private:
  double Next();
  uint32_t state_;
  std::string lines_;
};

/// "f32[1,2,3]", or of another element type.
std::string FloatType(const Ints64& sizes, const std::string& type = "f32");
/// "[1, 2, 3]"
std::string ListText(const Ints64& list);

/// Every case of every folder, in the order of ops/CMakeLists.txt; names are unique.
std::vector<OpCase> AllOpCases();

/// Inputs for a graph, random in the case's range, by `seed`.
std::vector<Sample> RandomInputs(const Graph& graph, double low, double high, size_t count,
                                 uint32_t seed);

/// Many cases as one program: their graphs side by side, `first` to `last` (exclusive).
std::string MergedText(const std::vector<OpCase>& cases, size_t first, size_t last);

}  // namespace cortico
