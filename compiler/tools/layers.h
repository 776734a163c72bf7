// Layer by layer: each op's int8 result beside the float value that it stands for.
//
// Values keep their names from the exported graph to the program, so the two meet by name in the
// float program after canonicalization. Two things move away from their name:
//   - a layer and its activation are one op, which has the layer's name and the activation's value;
//   - what only changes the form of a value (quantize, dequantize, order in memory) has a name of
//   its
//     own and the value of what it reads.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compiler/emit/pte/read_pte.h"
#include "compiler/graph/graph.h"
#include "compiler/run/run.h"
#include "compiler/tools/outputs.h"

namespace cortico::tools {

struct Layer {
  size_t call = 0;               ///< number of the kernel call
  const Value* truth = nullptr;  ///< in the float graph; null: nothing to compare with
  ErrorSums host, target;
  bool target_equals_host = true;
};

class LayerTable {
 public:
  /// `float_graph` is canonical and outlives the table.
  LayerTable(const PteFile& file, const Graph& float_graph);

  /// True when at least one call has a float value.
  bool any() const;
  /// The float values that are wanted.
  bool Wants(const Value& value) const { return wanted_.contains(&value); }
  /// One sample: float values by Wants, results of all calls on the host and, if there was one, on
  /// the target (may be null).
  void Add(const std::map<const Value*, std::vector<double>>& truth,
           const std::vector<HostTensor>& host, const std::vector<HostTensor>* target);

  const std::vector<Layer>& layers() const { return layers_; }

 private:
  const Value* Counterpart(const Graph& graph, const std::string& name) const;

  const PteFile& file_;
  std::map<std::string, int> names_;  ///< of the program's tensors
  std::map<const Value*, int> wanted_;
  std::vector<Layer> layers_;
  std::vector<int> results_;  ///< per call, its first result
};

}  // namespace cortico::tools
