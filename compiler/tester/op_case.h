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
};

/// Writes a graph as text, line by line.
class GraphText {
 public:
  /// Random numbers follow from `seed` alone.
  explicit GraphText(uint32_t seed) : state_(seed * 2654435761u + 1u) {}

  /// "%x", an input.
  GraphText& Input(const std::string& name, const Ints64& sizes);
  /// Random, uniform in [-magnitude, magnitude].
  GraphText& Constant(const std::string& name, const Ints64& sizes, double magnitude);
  /// "y = op(args)" with a result of these sizes; "args" as in the text form.
  GraphText& Node(const std::string& name, const Ints64& sizes, const std::string& call);
  /// The text, with the values of these names as outputs.
  std::string Done(const std::vector<std::string>& outputs) const;

 private:
  double Next();
  uint32_t state_;
  std::string lines_;
};

/// "f32[1,2,3]"
std::string FloatType(const Ints64& sizes);
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
