// The graph's text form: it prints and it parses. Debugger, test language and diff.
//
//   graph forward {
//     input %x : f32[1,1,4,4]
//     const %w : f32[1,1,1,1] = [2.0]
//     %y : f32[1,1,4,4] = aten.conv2d.default(input=%x, weight=%w, bias=none, stride=[1, 1]) @ "conv2d" "net.conv" "train.py:7"
//     output %y "y"
//   }
//
// A type is dtype[sizes], then {dim order} unless contiguous, then q(scale, zero point, qmin, qmax)
// or q(axis, [scales], [zero points], qmin, qmax). An argument is none, %value, 3, 0.5, true,
// :i8 (element type), #channels_last (symbol), "text", [1, 2], [0.5, 1.0] (empty: [] and []f),
// [%a, none] (empty: []v). A constant's data is a list of numbers, or hex "…" in memory order, or
// elided (prints only). Doubles print in the shortest form that reads back the same.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "compiler/graph/graph.h"

namespace cortico {

struct PrintOptions {
  bool elide_constants = false;  ///< constants of more than 16 elements print as "elided"
  bool locations = true;
};

std::string PrintGraph(const Graph& graph, const PrintOptions& options = {});

/// Reads what PrintGraph wrote. An error names the line.
std::optional<Graph> ParseGraph(std::string_view text, Diagnostics& diagnostics);

}  // namespace cortico
