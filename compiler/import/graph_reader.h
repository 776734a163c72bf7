// From the JSON of an exported program to a graph.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "compiler/graph/diagnostics.h"
#include "compiler/graph/graph.h"
#include "compiler/import/alias_tracker.h"
#include "compiler/import/json_reader.h"
#include "compiler/import/payload.h"
#include "compiler/import/pt2.h"
#include "compiler/import/symbols.h"

namespace cortico {

/// Torch's names of memory formats and layouts; an entry's place is its number in the JSON (0 is
/// none).
std::span<const char* const> SerializedMemoryFormats();
std::span<const char* const> SerializedLayouts();

class GraphReader {
 public:
  GraphReader(const Json& document, PayloadStore& weights, PayloadStore& constants,
              const ImportOptions& options, Graph& graph, Diagnostics& diagnostics)
      : document_(document),
        weights_(weights),
        constants_(constants),
        options_(options),
        graph_(graph),
        diagnostics_(diagnostics),
        symbols_(diagnostics) {}

  /// Fills the graph. What is wrong goes to the diagnostics; the graph is of use only without.
  void Read();

 private:
  using NamedArg = std::pair<std::string, Arg>;

  /// The names of one graph. A null value stands for one that could not be made, about which the
  /// user already knows: nodes that read it are passed over in silence.
  struct Scope {
    const Json* graph = nullptr;
    std::map<std::string, Value*> values;
    bool top = true;
  };

  /// A result of a node as the JSON lists it: no name for a None.
  struct Result {
    std::string name;
    std::optional<TensorType> type;
  };

  // graph_reader.cc: the signature and the walk.
  void CountUses(const Json& graph);
  void ReadInputs(Scope& scope);
  void ReadConstant(Scope& scope, const Json& spec, PayloadStore& first, PayloadStore& second,
                    const char* name_key);
  void ReadOutputs(const Scope& scope);
  void ReadOutput(const Scope& scope, const Json& spec, size_t index);
  void ReadMutation(const Union& spec);
  void AddOutput(const std::string& name, Value* value);
  void ReadNodes(Scope& scope);
  void Define(Scope& scope, const std::string& name, Value* value);

  // graph_reader_nodes.cc: one node.
  void ReadNode(Scope& scope, const Json& node);
  void ReadTensorNode(Scope& scope, const Json& node, std::string op, const Location& where);
  bool ReadResults(Scope& scope, const Json& node, const Location& where,
                   std::vector<Result>* results);
  bool ReadArgs(Scope& scope, const Json& node, const Location& where, std::vector<NamedArg>* args);
  void CheckTrainingMode(const std::string& op, const std::vector<NamedArg>& args,
                         const Location& where);
  bool PrepareInPlace(const Scope& scope, const std::string& op, Value* target,
                      const Location& where);
  void InlineGraph(Scope& scope, const Json& node, const Location& where);
  void Poison(Scope& scope, const Json& node);

  // graph_reader_args.cc: one argument.
  std::optional<Arg> ReadArg(Scope& scope, const Json* json, const std::string& name,
                             const Location& where);
  static std::optional<Arg> ReadScalar(const Scope& scope, const Union& arg);
  std::optional<Arg> ReadList(Scope& scope, const Union& arg, const Location& where);
  std::optional<int64_t> ReadSymInt(const Scope& scope, const Json* json, const Location& where);
  /// Nothing when there is no tensor of that name (reported) or it is poisoned.
  Value* FindTensor(const Scope& scope, const Json* json, const Location& where);

  void Damaged(const Location& where, const std::string& what);

  const Json& document_;
  PayloadStore& weights_;
  PayloadStore& constants_;
  const ImportOptions& options_;
  Graph& graph_;
  Diagnostics& diagnostics_;
  SymbolTable symbols_;

  AliasTracker aliases_;
  size_t position_ = 0;                     ///< of the top graph's node at hand
  std::map<std::string, size_t> last_use_;  ///< position of the last node that reads a name
  std::map<const Value*, std::vector<std::string>> names_of_;  ///< in the top graph
  std::map<std::string, Location> defined_at_;  ///< result name -> its node, top graph
  bool training_ = false;                       ///< an op in training mode was reported
  std::set<std::string> output_names_;
};

}  // namespace cortico
