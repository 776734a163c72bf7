#include "compiler/plan/check.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cortico {
namespace {

/// One bank's bytes: which content each run of bytes holds, and which byte of it comes first.
class Memory {
 public:
  void Write(int64_t at, int64_t bytes, int content, int64_t position = 0) {
    if (bytes <= 0) return;
    Cut(at);
    Cut(at + bytes);
    runs_.erase(runs_.lower_bound(at), runs_.lower_bound(at + bytes));
    runs_[at] = {at + bytes, content, position};
  }

  /// True when [at, at + bytes) holds bytes position, position + 1, … of `content`.
  bool Holds(int64_t at, int64_t bytes, int content, int64_t position) const {
    int64_t next = at;
    while (next < at + bytes) {
      auto it = runs_.upper_bound(next);
      if (it == runs_.begin()) return false;
      const auto& [begin, run] = *--it;
      if (run.end <= next || run.content != content ||
          run.position + (next - begin) != position + (next - at))
        return false;
      next = run.end;
    }
    return true;
  }

 private:
  struct Run {
    int64_t end;
    int content;
    int64_t position;
  };

  /// No run goes across `at` afterwards.
  void Cut(int64_t at) {
    auto it = runs_.lower_bound(at);
    if (it == runs_.begin()) return;
    --it;
    Run& left = it->second;
    if (left.end <= at) return;
    const Run right{left.end, left.content, left.position + (at - it->first)};
    left.end = at;
    runs_[at] = right;
  }

  std::map<int64_t, Run> runs_;
};

struct Argument {
  std::string name;
  const Value* value;
};

std::vector<Argument> ArgumentsOf(const Node& node) {
  std::vector<Argument> result;
  for (const auto& [name, arg] : node.args) {
    if (std::holds_alternative<Value*>(arg)) result.push_back({name, std::get<Value*>(arg)});
    if (!std::holds_alternative<Values>(arg)) continue;
    int i = 0;
    for (const Value* element : std::get<Values>(arg))
      result.push_back({name + "[" + std::to_string(i++) + "]", element});
  }
  std::erase_if(result, [](const Argument& a) { return a.value == nullptr; });
  return result;
}

class Checker {
 public:
  Checker(const Graph& graph, const Plan& plan, const TargetConfig& target,
          Diagnostics& diagnostics, const OpLookup& find_op)
      : graph_(graph), plan_(plan), target_(target), diagnostics_(diagnostics), find_op_(find_op) {}

  void Run() {
    if (!CheckBanks() || !CheckOrder() || !CheckPlaces()) return;
    memory_.resize(plan_.banks.size());
    for (const Value* input : graph_.inputs) Store(input, NewContent(), 0);
    for (const Value* input : graph_.inputs) CheckIntact(input, Location{}, "another input");
    for (const Node* node : plan_.order) RunNode(*node);
    for (const Value* output : graph_.outputs)
      if (!output->is_constant()) CheckIntact(output, Location{}, "a later value");
  }

 private:
  struct Content {
    int id;
    int64_t position;
  };

  bool Fail(const Location& where, const std::string& what) {
    diagnostics_.Error(where, "memory plan: " + what);
    return false;
  }

  int NewContent() { return next_content_++; }

  bool CheckBanks() {
    bool ok = true;
    if (plan_.banks.size() != (target_.memory.empty() ? 1 : target_.memory.size()))
      return Fail({}, "its banks are not the target's");
    for (size_t i = 0; i < target_.memory.size(); ++i)
      if (plan_.banks[i].bytes + (i == 0 ? plan_.op_record_bytes : 0) > target_.memory[i].bytes)
        ok = Fail({}, "bank '" + target_.memory[i].name + "' is too small");
    return ok;
  }

  bool CheckOrder() {
    std::set<const Node*> left;
    for (const auto& node : graph_.nodes()) left.insert(node.get());
    std::set<const Value*> written(graph_.inputs.begin(), graph_.inputs.end());
    bool ok = true;
    for (const Node* node : plan_.order) {
      if (left.erase(node) == 0) return Fail({}, "its order holds a node twice, or a foreign one");
      for (const Argument& argument : ArgumentsOf(*node))
        if (argument.value->kind == Value::Kind::kResult && !written.contains(argument.value))
          ok = Fail(node->location, "'" + argument.value->name + "' is read before it is written");
      written.insert(node->outputs.begin(), node->outputs.end());
    }
    if (!left.empty()) ok = Fail((*left.begin())->location, "the node is not in the order");
    return ok;
  }

  bool CheckPlaces() {
    bool ok = true;
    for (const Value* input : graph_.inputs) ok = CheckPlace(input, {}) && ok;
    for (const auto& node : graph_.nodes()) {
      for (const Argument& argument : ArgumentsOf(*node))
        if (!argument.value->is_constant()) ok = CheckPlace(argument.value, node->location) && ok;
      for (const Value* output : node->outputs) ok = CheckPlace(output, node->location) && ok;
    }
    return ok;
  }

  bool CheckPlace(const Value* value, const Location& where) {
    const auto it = plan_.placements.find(value);
    if (it == plan_.placements.end()) return Fail(where, "'" + value->name + "' has no place");
    const Placement& place = it->second;
    if (place.bytes != value->type.nbytes())
      return Fail(where, "'" + value->name + "' has a place of the wrong size");
    if (place.offset % 16 != 0) return Fail(where, "'" + value->name + "' is misaligned");
    if (place.bank < 0 || static_cast<size_t>(place.bank) >= plan_.banks.size() ||
        place.offset < 0 ||
        place.offset + place.bytes > plan_.banks[static_cast<size_t>(place.bank)].bytes)
      return Fail(where, "'" + value->name + "' lies outside of its bank");
    return true;
  }

  const Placement& PlaceOf(const Value* value) const { return plan_.placements.at(value); }

  void Store(const Value* value, int content, int64_t position) {
    const Placement& place = PlaceOf(value);
    memory_[static_cast<size_t>(place.bank)].Write(place.offset, place.bytes, content, position);
    contents_[value] = {content, position};
  }

  void CheckIntact(const Value* value, const Location& where, const std::string& by) {
    const Placement& place = PlaceOf(value);
    const Content& content = contents_.at(value);
    if (!memory_[static_cast<size_t>(place.bank)].Holds(place.offset, place.bytes, content.id,
                                                        content.position))
      Fail(where, "'" + value->name + "' is overwritten by " + by + " before it is read");
  }

  bool Share(const Value* a, const Value* b) const {
    const Placement &p = PlaceOf(a), &q = PlaceOf(b);
    return p.bank == q.bank && p.bytes > 0 && q.bytes > 0 && p.offset < q.offset + q.bytes &&
           q.offset < p.offset + p.bytes;
  }

  void RunNode(const Node& node) {
    const OpDefinition* op = find_op_(node.op);
    std::vector<Argument> arguments = ArgumentsOf(node);
    std::erase_if(arguments, [](const Argument& a) { return a.value->is_constant(); });
    for (const Argument& a : arguments)
      if (a.value->kind != Value::Kind::kScratch)
        CheckIntact(a.value, node.location, "another value");
    if (plan_.IsElided(&node)) return RunElided(node, op, arguments);

    // The op may write its scratch and its outputs before it has read all of its inputs.
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (arguments[i].value->kind != Value::Kind::kScratch) continue;
      for (size_t j = 0; j < arguments.size(); ++j)
        if (i != j && Share(arguments[i].value, arguments[j].value))
          Fail(node.location, "scratch '" + arguments[i].value->name + "' lies in '" +
                                  arguments[j].value->name + "'");
      for (const Value* output : node.outputs)
        if (Share(arguments[i].value, output))
          Fail(node.location, "scratch '" + arguments[i].value->name + "' lies in the result");
    }
    for (size_t k = 0; k < node.outputs.size(); ++k) {
      for (size_t other = 0; other < k; ++other)
        if (Share(node.outputs[k], node.outputs[other]))
          Fail(node.location, "two results share bytes");
      for (const Argument& a : arguments)
        if (a.value->kind != Value::Kind::kScratch && Share(node.outputs[k], a.value) &&
            !(k == 0 && Declared(node, op, a)))
          Fail(node.location, "the result lies in '" + a.value->name +
                                  "', and the op has not declared that it may");
    }
    for (const Argument& a : arguments)
      if (a.value->kind == Value::Kind::kScratch) Store(a.value, NewContent(), 0);
    for (const Value* output : node.outputs) Store(output, NewContent(), 0);
  }

  bool Declared(const Node& node, const OpDefinition* op, const Argument& argument) const {
    if (op == nullptr) return false;
    const int64_t distance = PlaceOf(node.output()).offset - PlaceOf(argument.value).offset;
    for (const Overlay& overlay : op->Overlays(node))
      if (overlay.input == argument.name && overlay.offset == distance) return true;
    return false;
  }

  /// Nothing is written: the output's bytes must be there already, as bytes of the input.
  void RunElided(const Node& node, const OpDefinition* op, const std::vector<Argument>& arguments) {
    if (op == nullptr || !op->IsAlias(node) || arguments.empty()) {
      Fail(node.location, "a node is left out that has work to do");
      for (const Value* output : node.outputs) contents_[output] = {NewContent(), 0};
      return;
    }
    const std::vector<Overlay> overlays = op->Overlays(node);
    const Value* input = arguments[0].value;
    int64_t offset = 0;
    if (!overlays.empty()) {
      offset = overlays[0].offset;
      for (const Argument& a : arguments)
        if (a.name == overlays[0].input) input = a.value;
    }
    const Content& from = contents_.at(input);
    contents_[node.output()] = {from.id, from.position + offset};
    const Placement& place = PlaceOf(node.output());
    if (!memory_[static_cast<size_t>(place.bank)].Holds(place.offset, place.bytes, from.id,
                                                        from.position + offset))
      Fail(node.location, "the node is left out, and its result is not where its input is");
  }

  const Graph& graph_;
  const Plan& plan_;
  const TargetConfig& target_;
  Diagnostics& diagnostics_;
  const OpLookup& find_op_;
  std::vector<Memory> memory_;
  std::map<const Value*, Content> contents_;
  int next_content_ = 0;
};

}  // namespace

void CheckPlan(const Graph& lowered, const Plan& plan, const TargetConfig& target,
               Diagnostics& diagnostics, const OpLookup& find_op) {
  Checker(lowered, plan, target, diagnostics, find_op).Run();
}

}  // namespace cortico
