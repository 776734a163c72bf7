// What every reader promises for any bytes at all, as one call per format: it ends, with what was
// asked for or with at least one error that names the file, each message on a line of its own; and
// whatever it lets through can be used. For the damage test and the fuzzers alike.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/data/dataset.h"
#include "compiler/graph/graph.h"

namespace cortico::testing {

struct Verdict {
  bool accepted = false;
  std::string broken;  ///< which promise was broken; empty: none
};

/// Imports a model. With `compile`, what was let through goes down the whole way to a program file:
/// a float model is calibrated with one sample of noise.
Verdict TryPt2(std::span<const uint8_t> bytes, bool compile);

/// Opens, loads and runs a program in an arena of `bank_bytes` (a device's is what it is, whatever
/// the file says) and in one that fits, and reads it as the reports do.
Verdict TryPte(std::span<const uint8_t> bytes, const std::vector<int64_t>& bank_bytes);

/// Loads arrays as samples for a program with these inputs, and takes every sample.
Verdict TryNpz(std::span<const uint8_t> bytes, const std::vector<DataInput>& inputs);

/// Parses a graph's text; what was let through prints, and parses again to the same text.
Verdict TryText(std::string_view text);

/// One tensor of noise per type; zeros for all but float32.
Sample Noise(const std::vector<TensorType>& types);

}  // namespace cortico::testing
