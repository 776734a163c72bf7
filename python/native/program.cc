#include "python/native/program.h"

#include <pybind11/stl.h>

#include <string_view>
#include <utility>

#include "compiler/dialect/recognize.h"
#include "compiler/graph/output_step.h"
#include "compiler/graph/text.h"
#include "compiler/import/graph_reader.h"
#include "compiler/import/json_reader.h"
#include "compiler/passes/pass.h"
#include "compiler/pipeline.h"

namespace cortico::python {
namespace {

struct Storage {
  const uint8_t* data = nullptr;
  size_t bytes = 0;
};

std::map<std::string, Storage> ToStorages(const py::dict& storages) {
  std::map<std::string, Storage> map;
  for (const auto& [path, item] : storages) {
    const auto [address, bytes] = item.cast<std::pair<uintptr_t, size_t>>();
    map[path.cast<std::string>()] = {reinterpret_cast<const uint8_t*>(address), bytes};
  }
  return map;
}

std::map<std::string, TensorType> ToLayouts(const py::dict& layouts) {
  std::map<std::string, TensorType> map;
  for (const auto& [name, layout] : layouts) ApplyLayout(layout, &map[name.cast<std::string>()]);
  return map;
}

/// Constants are dense in logical order after the import; `type` may want
/// another one.
void Reorder(Value* constant, const TensorType& type) {
  const int rank = type.rank();
  const std::vector<int> order = type.order();
  const std::vector<int64_t> from = StridesOf(constant->type);
  const size_t element = SizeOf(type.dtype);
  Bytes dense;
  dense.reserve(constant->data->size());
  std::vector<int64_t> at(static_cast<size_t>(rank), 0);
  for (int64_t i = 0; i < type.numel(); ++i) {
    int64_t offset = 0;
    for (size_t d = 0; d < at.size(); ++d) offset += at[d] * from[d];
    const auto first = constant->data->begin() + offset * static_cast<int64_t>(element);
    dense.insert(dense.end(), first, first + static_cast<int64_t>(element));
    for (int k = rank - 1; k >= 0; --k) {
      const auto d = static_cast<size_t>(order[static_cast<size_t>(k)]);
      if (++at[d] < type.sizes[d]) break;
      at[d] = 0;
    }
  }
  constant->data = std::make_shared<const Bytes>(std::move(dense));
}

void SetLayouts(Graph& graph, const std::map<std::string, TensorType>& layouts) {
  for (const auto& [name, layout] : layouts) {
    Value* value = graph.FindValue(name);
    if (value == nullptr) continue;
    TensorType type = value->type;
    type.quantization = layout.quantization;
    if (layout.dim_order.size() == type.sizes.size()) type.dim_order = layout.dim_order;
    if (value->is_constant() && type.dim_order != value->type.dim_order) Reorder(value, type);
    value->type = std::move(type);
  }
}

}  // namespace

Program Program::Import(const py::bytes& document, const py::dict& storages,
                        const py::dict& layouts, const std::string& name, bool lowered,
                        bool training) {
  const std::string_view text(document);
  const auto memory = ToStorages(storages);
  const auto types = ToLayouts(layouts);
  Program program;
  program.program_.file = name;
  Graph& graph = program.program_.graph;
  Diagnostics diagnostics(name);
  const py::gil_scoped_release release;
  std::string error;
  const auto json = ParseJson({reinterpret_cast<const uint8_t*>(text.data()), text.size()}, &error);
  if (!json) throw InternalError("the program's description " + error);
  const auto read = [&memory](const std::string& path, std::string*) -> std::optional<Bytes> {
    const auto found = memory.find(path);
    if (found == memory.end()) return std::nullopt;
    return Bytes(found->second.data, found->second.data + found->second.bytes);
  };
  PayloadStore weights(read, Field(&*json, "weights")), constants(read, nullptr);
  ImportOptions options;
  options.training = training;
  GraphReader(*json, weights, constants, options, graph, diagnostics).Read();
  ThrowIfError(diagnostics);
  for (const auto& value : graph.values())
    if (value->is_constant()) program.origins_[value->data.get()] = value->origin;
  SetLayouts(graph, types);
  RecognizeDialect(graph, lowered ? Recognize::kAll : Recognize::kOwnNames, diagnostics);
  if (diagnostics.ok()) VerifyGraph(graph, diagnostics);
  ThrowIfError(diagnostics);
  return program;
}

py::list Program::Run(const std::vector<std::string>& passes, const TargetConfig& target) {
  RewriteLog log;
  {
    const py::gil_scoped_release release;
    for (const std::string& name : passes) {
      const Pass* pass = FindPass(name);
      if (pass == nullptr) throw std::invalid_argument("there is no pass '" + name + "'");
      Diagnostics diagnostics(program_.file);
      PassContext context{program_.graph, target, diagnostics, log};
      pass->run(context);
      if (diagnostics.ok()) VerifyGraph(program_.graph, diagnostics);
      ThrowIfError(diagnostics);
    }
  }
  py::list rewrites;
  for (const Rewrite& rewrite : log)
    rewrites.append(py::make_tuple(rewrite.pass, rewrite.location.node, rewrite.what));
  return rewrites;
}

std::string Program::Text() const {
  return PrintGraph(program_.graph, {.elide_constants = true, .locations = true});
}

std::vector<double> Program::OutputSteps() const {
  std::vector<double> steps;
  for (size_t i = 0; i < program_.graph.outputs.size(); ++i)
    steps.push_back(StepOfOutput(program_.graph, i));
  return steps;
}

py::bytes Program::Emit(const TargetConfig& target,
                        const std::vector<Rejection>& rejections) const {
  EdgeProgram edge;
  std::vector<uint8_t> pte;
  {
    const py::gil_scoped_release release;
    edge.file = program_.file;
    edge.graph = program_.graph.Clone();
    edge.target = target;
    edge.rejections = rejections;
    pte = ToExecutorch(edge);
  }
  return py::bytes(reinterpret_cast<const char*>(pte.data()), pte.size());
}

TargetConfig MakeTarget(const std::string& cpu, const std::string& isa,
                        const std::string& dialect) {
  TargetConfig target = TargetConfig::FromString(cpu);
  if (!isa.empty()) {
    bool known = false;
    for (const Isa family : {Isa::kScalar, Isa::kDsp, Isa::kMve})
      if (isa == ToString(family)) target.isa = family, known = true;
    if (!known) throw std::invalid_argument("there is no family of instructions '" + isa + "'");
  }
  if (dialect != "cortico" && dialect != "executorch")
    throw std::invalid_argument("the dialect is cortico or executorch, not '" + dialect + "'");
  target.dialect = dialect == "cortico" ? Dialect::kCortico : Dialect::kExecutorch;
  return target;
}

}  // namespace cortico::python
