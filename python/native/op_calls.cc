#include "python/native/op_calls.h"

#include <pybind11/stl.h>

#include <cstring>
#include <vector>

#include "compiler/graph/op_domain.h"
#include "compiler/import/payload.h"
#include "compiler/program.h"
#include "python/native/values.h"

namespace cortico::python {
namespace {

/// One call as a graph of one node.
class Call {
 public:
  Call(const std::string& name, const py::list& args) : op_(FindOp(name)) {
    if (op_ == nullptr) throw py::value_error("there is no op " + name);
    std::vector<std::pair<std::string, Arg>> list;
    size_t index = 0;
    for (const FieldInfo& field : op_->fields()) {
      if (field.kind == FieldKind::kOut) continue;
      if (index >= args.size()) throw py::value_error(name + " has more arguments");
      list.emplace_back(field.name, ToArg(field, args[index++]));
    }
    // Most ops keep the order in memory of what they read; the others say
    // theirs.
    TensorType type = inputs_.empty() ? TensorType() : inputs_[0].type;
    node_ = graph_.AddNode(name, std::move(list), type, "out");
    Diagnostics diagnostics;
    if (const std::string error = op_->CheckFields(*node_); !error.empty())
      diagnostics.Error({}, name + ": " + error);
    else if (const std::string why = op_->Illegal(*node_); !why.empty())
      diagnostics.Error({}, name + ": " + why);
    ThrowIfError(diagnostics);
    type = op_->OutputType(*node_);
    if (type.dim_order.size() != type.sizes.size()) type.dim_order.clear();
    node_->output()->type = type;
  }

  const TensorType& type() const { return node_->output()->type; }

  HostTensor Value() const {
    std::vector<const HostTensor*> inputs;
    for (const HostTensor& input : inputs_) inputs.push_back(&input);
    return std::move(op_->Reference(*node_, inputs).at(0));
  }

 private:
  Arg ToArg(const FieldInfo& field, py::handle arg) {
    if (arg.is_none()) return std::monostate();
    switch (field.kind) {
      case FieldKind::kIn:
      case FieldKind::kConstant:
      case FieldKind::kOptionalConstant:
      case FieldKind::kScratch:
        return ToTensor(field.kind, arg);
      case FieldKind::kInList: {
        Values values;
        for (const py::handle item : arg) values.push_back(ToTensor(FieldKind::kIn, item));
        return values;
      }
      case FieldKind::kOptionalIn:
        return ToTensor(FieldKind::kIn, arg);
      case FieldKind::kScalar:
      case FieldKind::kOptionalScalar:
        if (py::isinstance<py::bool_>(arg)) return arg.cast<bool>();
        if (py::isinstance<py::int_>(arg)) return arg.cast<int64_t>();
        return arg.cast<double>();
      case FieldKind::kOptionalFloats:
        return arg.cast<Doubles>();
      case FieldKind::kOptionalInt:
      case FieldKind::kInt:
        return arg.cast<int64_t>();
      case FieldKind::kFloat:
        return arg.cast<double>();
      case FieldKind::kBool:
        return arg.cast<bool>();
      case FieldKind::kDType: {
        const auto dtype = DTypeFromTorchName(arg.cast<std::string>());
        if (!dtype) throw py::value_error("no target has this element type");
        return *dtype;
      }
      case FieldKind::kInts:
      case FieldKind::kIntList:
      case FieldKind::kOptionalIntList:
        return arg.cast<Ints64>();
      case FieldKind::kText:
        return arg.cast<std::string>();
      case FieldKind::kOut:
        break;
    }
    return std::monostate();
  }

  cortico::Value* ToTensor(FieldKind kind, py::handle arg) {
    const auto [type_data, address] = arg.cast<std::pair<py::tuple, uintptr_t>>();
    TensorType type = ToType(type_data);
    if (kind == FieldKind::kScratch) return graph_.AddScratch("scratch", type.nbytes());
    Bytes data(static_cast<size_t>(type.nbytes()));
    if (address != 0 && !data.empty())
      std::memcpy(data.data(), reinterpret_cast<const void*>(address), data.size());
    if (kind != FieldKind::kIn) {
      TensorType logical = type;
      logical.dim_order.clear();
      return graph_.AddConstant("constant", logical,
                                std::make_shared<const Bytes>(std::move(data)));
    }
    TensorType logical = type;
    logical.dim_order.clear();
    inputs_.push_back({logical, std::move(data)});
    inputs_.back().type.dim_order = type.dim_order;
    return graph_.AddInput("input", std::move(type));
  }

  const OpDefinition* op_;
  Graph graph_;
  std::vector<HostTensor> inputs_;
  Node* node_ = nullptr;
};

std::string WithoutNamespace(const std::string& schema) {
  return schema.substr(schema.find("::") + 2);
}

}  // namespace

py::list OpSchemas() {
  py::list list;
  for (const auto& op : AllOps()) {
    if (op->TorchName().empty()) continue;
    const std::string name(op->name());
    list.append(py::make_tuple(name.substr(0, name.find("::")),
                               WithoutNamespace(op->FunctionalSchema()),
                               WithoutNamespace(op->OutSchema())));
  }
  return list;
}

py::tuple ResultType(const std::string& op, const py::list& args) {
  return FromType(Call(op, args).type());
}

void ReferenceValue(const std::string& op, const py::list& args, uintptr_t out, size_t bytes) {
  const HostTensor value = Call(op, args).Value();
  CORTICO_CHECK(value.data.size() == bytes);
  if (bytes > 0) std::memcpy(reinterpret_cast<void*>(out), value.data.data(), bytes);
}

}  // namespace cortico::python
