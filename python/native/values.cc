#include "python/native/values.h"

#include <pybind11/stl.h>

#include <algorithm>

#include "compiler/graph/op_domain.h"
#include "compiler/import/payload.h"

namespace cortico::python {
namespace {

py::object FromQuantization(const std::optional<Quantization>& q) {
  if (!q) return py::none();
  return py::make_tuple(q->scales, q->zero_points, q->axis, q->qmin, q->qmax);
}

std::optional<Quantization> ToQuantization(py::handle data) {
  if (data.is_none()) return std::nullopt;
  const auto fields = py::cast<py::tuple>(data);
  Quantization q;
  q.scales = fields[0].cast<std::vector<double>>();
  q.zero_points = fields[1].cast<std::vector<int32_t>>();
  q.axis = fields[2].cast<int>();
  q.qmin = fields[3].cast<int32_t>();
  q.qmax = fields[4].cast<int32_t>();
  return q;
}

py::object NameOf(const Value* value) {
  return value == nullptr ? py::none() : py::object(py::str(value->name));
}

struct ArgWriter {
  py::tuple operator()(std::monostate) const { return py::make_tuple("none"); }
  py::tuple operator()(const Value* value) const { return py::make_tuple("value", NameOf(value)); }
  py::tuple operator()(int64_t number) const { return py::make_tuple("int", number); }
  py::tuple operator()(double number) const { return py::make_tuple("float", number); }
  py::tuple operator()(bool truth) const { return py::make_tuple("bool", truth); }
  py::tuple operator()(DType dtype) const { return py::make_tuple("dtype", TorchName(dtype)); }
  py::tuple operator()(const Symbol& symbol) const { return py::make_tuple("symbol", symbol.text); }
  py::tuple operator()(const std::string& text) const { return py::make_tuple("text", text); }
  py::tuple operator()(const Ints64& list) const { return py::make_tuple("ints", list); }
  py::tuple operator()(const Doubles& list) const { return py::make_tuple("floats", list); }
  py::tuple operator()(const Values& list) const {
    py::list names;
    for (const Value* value : list) names.append(NameOf(value));
    return py::make_tuple("values", names);
  }
};

py::tuple FromNode(const Node& node) {
  const OpDefinition* op = FindOp(node.op);
  py::list args, results;
  for (const auto& [name, arg] : node.args) args.append(py::make_tuple(name, FromArg(arg)));
  for (const Value* result : node.outputs)
    results.append(py::make_tuple(result->name, FromType(result->type)));
  const Location& where = node.location;
  return py::make_tuple(op != nullptr ? op->TorchName() : node.op, args, results,
                        py::make_tuple(where.node, where.module_path, where.source));
}

}  // namespace

py::tuple FromType(const TensorType& type) {
  return py::make_tuple(TorchName(type.dtype), type.sizes, type.dim_order,
                        FromQuantization(type.quantization));
}

void ApplyLayout(py::handle layout, TensorType* type) {
  const auto fields = py::cast<py::tuple>(layout);
  type->dim_order = fields[0].cast<std::vector<int>>();
  std::vector<int> sorted = type->dim_order;
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i < sorted.size(); ++i)
    if (sorted[i] != static_cast<int>(i)) throw py::value_error("a dim order is no permutation");
  type->quantization = ToQuantization(fields[1]);
}

TensorType ToType(py::handle data) {
  const auto fields = py::cast<py::tuple>(data);
  const auto name = fields[0].cast<std::string>();
  const auto dtype = DTypeFromTorchName(name);
  if (!dtype) throw py::value_error("no target supports tensors of type " + name);
  return {*dtype, fields[1].cast<std::vector<int64_t>>(), fields[2].cast<std::vector<int>>(),
          ToQuantization(fields[3])};
}

py::tuple FromArg(const Arg& arg) { return std::visit(ArgWriter(), arg); }

py::dict FromGraph(const Graph& graph, const Origins& origins) {
  py::list inputs, outputs, constants, scratch, nodes;
  for (const Value* input : graph.inputs)
    inputs.append(py::make_tuple(input->name, FromType(input->type)));
  for (size_t i = 0; i < graph.outputs.size(); ++i)
    outputs.append(py::make_tuple(graph.outputs[i]->name, graph.output_names[i]));
  for (const auto& value : graph.values()) {
    if (value->is_constant()) {
      const auto kept = origins.find(value->data.get());
      constants.append(py::make_tuple(value->name, FromType(value->type), value->origin,
                                      kept != origins.end() ? kept->second : "",
                                      ConstantBytes{value->data}));
    } else if (value->kind == Value::Kind::kScratch) {
      scratch.append(py::make_tuple(value->name, value->type.nbytes()));
    }
  }
  for (const auto& node : graph.nodes()) nodes.append(FromNode(*node));
  py::dict data;
  data["inputs"] = inputs;
  data["outputs"] = outputs;
  data["constants"] = constants;
  data["scratch"] = scratch;
  data["nodes"] = nodes;
  return data;
}

}  // namespace cortico::python
