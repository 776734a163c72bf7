#include "compiler/graph/graph.h"

#include <algorithm>
#include <set>

namespace cortico {

int64_t TensorType::numel() const {
  int64_t n = 1;
  for (int64_t size : sizes) n *= size;
  return n;
}

std::vector<int> TensorType::order() const {
  if (!dim_order.empty()) return dim_order;
  std::vector<int> order(sizes.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  return order;
}

std::vector<int64_t> StridesOf(const TensorType& type) {
  std::vector<int64_t> strides(type.sizes.size());
  int64_t stride = 1;
  const std::vector<int> order = type.order();
  for (size_t i = order.size(); i-- > 0;) {
    const auto dim = static_cast<size_t>(order[i]);
    strides[dim] = stride;
    stride *= type.sizes[dim];
  }
  return strides;
}

// ---- Node --------------------------------------------------------------------------------------

const Arg* Node::Find(std::string_view name) const {
  for (const auto& [key, value] : args)
    if (key == name) return &value;
  return nullptr;
}

Value* Node::Tensor(std::string_view name) const {
  const Arg* arg = Find(name);
  if (arg == nullptr) return nullptr;
  const auto* value = std::get_if<Value*>(arg);
  return value != nullptr ? *value : nullptr;
}

int64_t Node::Int(std::string_view name, int64_t otherwise) const {
  const Arg* arg = Find(name);
  if (arg == nullptr) return otherwise;
  if (const auto* i = std::get_if<int64_t>(arg)) return *i;
  if (const auto* b = std::get_if<bool>(arg)) return *b ? 1 : 0;
  return otherwise;
}

double Node::Double(std::string_view name, double otherwise) const {
  const Arg* arg = Find(name);
  if (arg == nullptr) return otherwise;
  if (const auto* d = std::get_if<double>(arg)) return *d;
  if (const auto* i = std::get_if<int64_t>(arg)) return static_cast<double>(*i);
  return otherwise;
}

bool Node::Bool(std::string_view name, bool otherwise) const {
  const Arg* arg = Find(name);
  if (arg == nullptr) return otherwise;
  if (const auto* b = std::get_if<bool>(arg)) return *b;
  if (const auto* i = std::get_if<int64_t>(arg)) return *i != 0;
  return otherwise;
}

Ints64 Node::IntList(std::string_view name, Ints64 otherwise) const {
  const Arg* arg = Find(name);
  if (arg == nullptr) return otherwise;
  if (const auto* list = std::get_if<Ints64>(arg)) return *list;
  if (const auto* i = std::get_if<int64_t>(arg)) return {*i};
  return otherwise;
}

void Node::Set(std::string_view name, Arg value) {
  for (auto& [key, existing] : args) {
    if (key != name) continue;
    existing = std::move(value);
    return;
  }
  args.emplace_back(std::string(name), std::move(value));
}

void Node::Remove(std::string_view name) {
  std::erase_if(args, [&](const auto& arg) { return arg.first == name; });
}

Values Node::Inputs() const {
  Values inputs;
  for (const auto& [key, arg] : args) {
    if (const auto* single = std::get_if<Value*>(&arg)) {
      if (*single != nullptr) inputs.push_back(*single);
    } else if (const auto* list = std::get_if<Values>(&arg)) {
      for (Value* value : *list)
        if (value != nullptr) inputs.push_back(value);
    }
  }
  return inputs;
}

// ---- Graph -------------------------------------------------------------------------------------

std::string Graph::UniqueName(const std::string& wanted) {
  std::string base = wanted.empty() ? "v" : wanted;
  if (!by_name_.contains(base)) return base;
  for (int i = 1;; ++i) {
    std::string candidate = base + "_" + std::to_string(i);
    if (!by_name_.contains(candidate)) return candidate;
  }
}

Value* Graph::FindValue(std::string_view wanted) const {
  const auto it = by_name_.find(wanted);
  return it == by_name_.end() ? nullptr : it->second;
}

Value* Graph::NewValue(Value::Kind kind, std::string wanted, TensorType type) {
  auto value = std::make_unique<Value>();
  value->kind = kind;
  value->name = UniqueName(wanted);
  value->type = std::move(type);
  by_name_[value->name] = value.get();
  values_.push_back(std::move(value));
  return values_.back().get();
}

Value* Graph::AddInput(std::string wanted, TensorType type) {
  Value* value = NewValue(Value::Kind::kInput, std::move(wanted), std::move(type));
  inputs.push_back(value);
  return value;
}

Value* Graph::AddConstant(std::string wanted, TensorType type, std::shared_ptr<const Bytes> data) {
  Value* value = NewValue(Value::Kind::kConstant, std::move(wanted), std::move(type));
  value->data = std::move(data);
  CORTICO_CHECK(static_cast<int64_t>(value->data->size()) == value->type.nbytes());
  return value;
}

Value* Graph::AddScratch(std::string wanted, int64_t bytes) {
  return NewValue(Value::Kind::kScratch, std::move(wanted), {DType::kUInt8, {bytes}, {}, {}});
}

Node* Graph::AddNode(std::string op, std::vector<std::pair<std::string, Arg>> args, TensorType type,
                     std::string wanted, Node* before) {
  return AddNode(std::move(op), std::move(args), std::vector<TensorType>{std::move(type)},
                 std::vector<std::string>{std::move(wanted)}, before);
}

Node* Graph::AddNode(std::string op, std::vector<std::pair<std::string, Arg>> args,
                     std::vector<TensorType> types, std::vector<std::string> names, Node* before) {
  CORTICO_CHECK(types.size() == names.size());
  auto node = std::make_unique<Node>();
  node->op = std::move(op);
  node->args = std::move(args);
  for (size_t i = 0; i < types.size(); ++i) {
    Value* value = NewValue(Value::Kind::kResult, names[i], std::move(types[i]));
    value->producer = node.get();
    node->outputs.push_back(value);
  }
  Node* raw = node.get();
  auto position = nodes_.end();
  if (before != nullptr) {
    position = std::find_if(nodes_.begin(), nodes_.end(),
                            [&](const auto& n) { return n.get() == before; });
    CORTICO_CHECK(position != nodes_.end());
  }
  nodes_.insert(position, std::move(node));
  return raw;
}

std::vector<Node*> Graph::Users(const Value* value) const {
  std::vector<Node*> users;
  for (const auto& node : nodes_) {
    const Values read = node->Inputs();
    if (std::find(read.begin(), read.end(), value) != read.end()) users.push_back(node.get());
  }
  return users;
}

bool Graph::IsOutput(const Value* value) const {
  return std::find(outputs.begin(), outputs.end(), value) != outputs.end();
}

int Graph::UseCount(const Value* value) const {
  int count = static_cast<int>(std::count(outputs.begin(), outputs.end(), value));
  for (const auto& node : nodes_) {
    const Values read = node->Inputs();
    count += static_cast<int>(std::count(read.begin(), read.end(), value));
  }
  return count;
}

void Graph::ReplaceUses(const Value* from, Value* to) {
  for (const auto& node : nodes_) {
    for (auto& [key, arg] : node->args) {
      if (auto* value = std::get_if<Value*>(&arg)) {
        if (*value == from) *value = to;
      } else if (auto* list = std::get_if<Values>(&arg)) {
        std::replace(list->begin(), list->end(), const_cast<Value*>(from), to);
      }
    }
  }
  std::replace(outputs.begin(), outputs.end(), const_cast<Value*>(from), to);
}

void Graph::Rename(Value* value, const std::string& wanted) {
  by_name_.erase(value->name);
  value->name = UniqueName(wanted);
  by_name_[value->name] = value;
}

void Graph::Erase(Node* node) {
  for (Value* output : node->outputs) {
    CORTICO_CHECK(UseCount(output) == 0);
    by_name_.erase(output->name);
    std::erase_if(values_, [&](const auto& v) { return v.get() == output; });
  }
  nodes_.remove_if([&](const auto& n) { return n.get() == node; });
}

int Graph::RemoveDead() {
  std::set<const Value*> live(outputs.begin(), outputs.end());
  live.insert(inputs.begin(), inputs.end());
  int removed = 0;
  for (auto it = nodes_.end(); it != nodes_.begin();) {
    --it;
    const Values& results = (*it)->outputs;
    const bool needed = std::any_of(results.begin(), results.end(),
                                    [&](const Value* v) { return live.contains(v); });
    if (needed) {
      for (const Value* input : (*it)->Inputs()) live.insert(input);
      live.insert(results.begin(), results.end());
    } else {
      it = nodes_.erase(it);
      ++removed;
    }
  }
  std::erase_if(values_, [&](const auto& value) {
    if (live.contains(value.get())) return false;
    by_name_.erase(value->name);
    return true;
  });
  return removed;
}

Node* Graph::Next(const Node* node) const {
  for (auto it = nodes_.begin(); it != nodes_.end(); ++it) {
    if (it->get() != node) continue;
    ++it;
    return it == nodes_.end() ? nullptr : it->get();
  }
  return nullptr;
}

Graph Graph::Clone(std::map<const Value*, Value*>* map) const {
  Graph copy;
  copy.name = name;
  copy.output_names = output_names;
  std::map<const Value*, Value*> local;
  std::map<const Value*, Value*>& moved = map != nullptr ? *map : local;
  for (const auto& value : values_) {
    Value* twin = copy.NewValue(value->kind, value->name, value->type);
    twin->data = value->data;
    twin->origin = value->origin;
    moved[value.get()] = twin;
  }
  const auto twin_of = [&](const Value* v) { return v == nullptr ? nullptr : moved.at(v); };
  for (const auto& node : nodes_) {
    auto twin = std::make_unique<Node>(*node);
    for (auto& [key, arg] : twin->args) {
      if (auto* single = std::get_if<Value*>(&arg)) *single = twin_of(*single);
      else if (auto* list = std::get_if<Values>(&arg))
        for (Value*& value : *list) value = twin_of(value);
    }
    for (Value*& output : twin->outputs) {
      output = twin_of(output);
      output->producer = twin.get();
    }
    copy.nodes_.push_back(std::move(twin));
  }
  for (const Value* input : inputs) copy.inputs.push_back(twin_of(input));
  for (const Value* output : outputs) copy.outputs.push_back(twin_of(output));
  return copy;
}

}  // namespace cortico
