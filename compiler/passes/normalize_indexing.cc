// Why: PyTorch repeats, mirrors, shifts and picks elements along a dimension in twenty words. When
// the places are known now, all are one: element k of the result is element index[k].
//
//   flip, roll, repeat, tile, expand, repeat_interleave      → aten.index_select.default with constants
//   index.Tensor(x, [none, [3, 1, 0]])                       → the same
//   pad of mode reflect, replicate or circular               → the same, along each padded dimension
//   add, sub, mul, div of two computed tensors of other sizes → the smaller one repeated first, unless
//     it has one element per channel, which kernels take
//
// Needs: nothing. Refuses: indices that are computed, which stay.
#include <algorithm>

#include "compiler/passes/build.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/rewrite.h"

namespace cortico::passes {
namespace {

// `value` repeated to `sizes` by NumPy's rule; null when it does not fit them.
Value* Expanded(Value* value, const Ints64& sizes, Builder& build) {
  if (value->type.rank() > static_cast<int>(sizes.size())) return nullptr;
  Ints64 from(sizes.size() - value->type.sizes.size(), 1);
  from.insert(from.end(), value->type.sizes.begin(), value->type.sizes.end());
  for (size_t d = 0; d < sizes.size(); ++d)
    if (from[d] != sizes[d] && from[d] != 1) return nullptr;
  value = build.View(value, from);
  for (size_t d = 0; d < sizes.size(); ++d)
    if (from[d] != sizes[d])
      value = build.Select(value, static_cast<int64_t>(d),
                           Ints64(static_cast<size_t>(sizes[d]), 0));
  return value;
}

std::string NormalizeExpand(Node* node, PassContext& context) {
  static constexpr const char* kNames[] = {"aten.expand.default", "aten.expand_copy.default",
                                           "aten.expand_as.default", "aten.broadcast_to.default"};
  Value* self = node->Tensor("self");
  if (self == nullptr || std::none_of(std::begin(kNames), std::end(kNames),
                                      [&](const char* n) { return node->Is(n); }))
    return "";
  Builder build(node, context);
  Value* result = Expanded(self, node->output()->type.sizes, build);
  if (result == nullptr) return "";
  const std::string what = node->op;
  build.Replace(result);
  return what + " → aten.index_select.default";
}

std::string NormalizeRepeat(Node* node, PassContext& context) {
  Value* self = node->Tensor("self");
  if (self == nullptr || (!node->Is("aten.repeat.default") && !node->Is("aten.tile.default"))) return "";
  const Ints64& sizes = node->output()->type.sizes;
  if (sizes.size() < self->type.sizes.size()) return "";
  Ints64 from(sizes.size() - self->type.sizes.size(), 1);
  from.insert(from.end(), self->type.sizes.begin(), self->type.sizes.end());
  Builder build(node, context);
  Value* result = build.View(self, from);
  for (size_t d = 0; d < sizes.size(); ++d) {
    Ints64 places;
    for (int64_t i = 0; i < sizes[d]; ++i) places.push_back(i % from[d]);
    result = build.Select(result, static_cast<int64_t>(d), places);
  }
  const std::string what = node->op;
  build.Replace(result);
  return what + " → aten.index_select.default";
}

std::string NormalizeInterleave(Node* node, PassContext& context) {
  Value* self = node->Tensor("self");
  if (self == nullptr || !node->Is("aten.repeat_interleave.self_int")) return "";
  Builder build(node, context);
  const bool flat = node->output()->type.rank() == 1;
  if (flat) self = build.View(self, {self->type.numel()});
  const int64_t dim = flat ? 0 : WrapDim(node->Int("dim", -1), self->type.rank());
  const int64_t repeats = node->Int("repeats", 1);
  if (dim < 0 || repeats < 1) return "";
  Ints64 places;
  for (int64_t i = 0; i < repeats * self->type.sizes[static_cast<size_t>(dim)]; ++i)
    places.push_back(i / repeats);
  build.Replace(build.Select(self, dim, places));
  return "aten.repeat_interleave → aten.index_select.default";
}

std::string NormalizeFlip(Node* node, PassContext& context) {
  Value* self = node->Tensor("self");
  if (self == nullptr || !node->Is("aten.flip.default")) return "";
  Builder build(node, context);
  Value* result = self;
  for (int64_t d : node->IntList("dims", {})) {
    const int64_t dim = WrapDim(d, self->type.rank());
    if (dim < 0) return "";
    Ints64 places = Iota(self->type.sizes[static_cast<size_t>(dim)]);
    std::reverse(places.begin(), places.end());
    result = build.Select(result, dim, places);
  }
  build.Replace(result);
  return "aten.flip.default → aten.index_select.default";
}

std::string NormalizeRoll(Node* node, PassContext& context) {
  Value* self = node->Tensor("self");
  if (self == nullptr || !node->Is("aten.roll.default")) return "";
  Ints64 shifts = node->IntList("shifts", {}), dims = node->IntList("dims", {});
  Builder build(node, context);
  const Ints64 sizes = self->type.sizes;
  Value* result = self;
  if (dims.empty()) {
    result = build.View(self, {self->type.numel()});
    dims = {0};
  }
  if (shifts.size() != dims.size()) return "";
  for (size_t i = 0; i < dims.size(); ++i) {
    const int64_t dim = WrapDim(dims[i], result->type.rank());
    if (dim < 0) return "";
    Ints64 places = Iota(result->type.sizes[static_cast<size_t>(dim)]);
    const auto count = static_cast<int64_t>(places.size());
    for (int64_t& place : places) place = ((place - shifts[i]) % count + count) % count;
    result = build.Select(result, dim, places);
  }
  build.Replace(build.View(result, sizes));
  return "aten.roll.default → aten.index_select.default";
}

// One list of constants along one dimension.
std::string NormalizeIndex(Node* node, PassContext& context) {
  Value* self = node->Tensor("self");
  const Arg* arg = node->Find("indices");
  if (self == nullptr || arg == nullptr || !node->Is("aten.index.Tensor")) return "";
  const auto* list = std::get_if<Values>(arg);
  if (list == nullptr) return "";
  const auto given = [](const Value* v) { return v != nullptr; };
  const auto at = std::find_if(list->begin(), list->end(), given);
  if (std::count_if(list->begin(), list->end(), given) != 1 || !(*at)->is_constant() ||
      (*at)->type.rank() != 1 || (*at)->type.dtype != DType::kInt64)
    return "";
  const auto dim = static_cast<int64_t>(at - list->begin());
  const auto* first = (*at)->DataAs<int64_t>();
  Ints64 places(first, first + (*at)->type.numel());
  const int64_t size = self->type.sizes.at(static_cast<size_t>(dim));
  for (int64_t& place : places) {
    place = WrapDim(place, size);
    if (place < 0) return "";
  }
  Builder build(node, context);
  build.Replace(build.Select(self, dim, places));
  return "aten.index.Tensor of constants → aten.index_select.default";
}

// Where the element lies that stands at `i` of a dimension of `size`, i outside of it too.
int64_t Mirrored(int64_t i, int64_t size) { return i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i; }
int64_t Clamped(int64_t i, int64_t size) { return std::clamp<int64_t>(i, 0, size - 1); }
int64_t Wrapped(int64_t i, int64_t size) { return (i % size + size) % size; }

std::string NormalizePadMode(Node* node, PassContext& context) {
  Value* self = node->Tensor("self");
  if (self == nullptr) return "";
  const Arg* arg = node->Find("mode");
  const auto* text = arg != nullptr ? std::get_if<std::string>(arg) : nullptr;
  const std::string mode = node->op.starts_with("aten.reflection_pad")    ? "reflect"
                           : node->op.starts_with("aten.replication_pad") ? "replicate"
                           : node->Is("aten._pad_circular.default")       ? "circular"
                           : node->Is("aten.pad.default") && text != nullptr ? *text : "";
  const auto place_of = mode == "reflect"     ? Mirrored
                        : mode == "replicate" ? Clamped
                        : mode == "circular"  ? Wrapped : nullptr;
  if (place_of == nullptr) return "";
  const Ints64 pad = node->IntList(node->Find("pad") != nullptr ? "pad" : "padding", {});
  const int64_t rank = self->type.rank();
  if (pad.size() % 2 != 0 || static_cast<int64_t>(pad.size() / 2) > rank) return "";
  Builder build(node, context);
  Value* result = self;
  for (size_t k = 0; k < pad.size() / 2; ++k) {
    const int64_t dim = rank - 1 - static_cast<int64_t>(k);
    const int64_t size = self->type.sizes[static_cast<size_t>(dim)];
    Ints64 places;
    for (int64_t i = -pad[2 * k]; i < size + pad[2 * k + 1]; ++i) {
      places.push_back(place_of(i, size));
      if (places.back() < 0 || places.back() >= size) return "";
    }
    result = build.Select(result, dim, places);
  }
  build.Replace(result);
  return "a border of mode " + mode + " → aten.index_select.default";
}

bool IsPerChannel(const Ints64& sizes, const Ints64& of) {
  return of.size() == 4 && sizes == Ints64{1, of[1], 1, 1};
}

std::string RepeatOperands(Node* node, PassContext& context) {
  static constexpr const char* kNames[] = {"aten.add.Tensor", "aten.sub.Tensor", "aten.mul.Tensor",
                                           "aten.div.Tensor"};
  if (std::none_of(std::begin(kNames), std::end(kNames), [&](const char* n) { return node->Is(n); }))
    return "";
  Value *self = node->Tensor("self"), *other = node->Tensor("other");
  const Ints64& sizes = node->output()->type.sizes;
  if (self == nullptr || other == nullptr || IsParameter(self)) return "";
  std::string what;
  Builder build(node, context);
  for (const char* name : {"self", "other"}) {
    Value* value = node->Tensor(name);
    const Value* beside = value == self ? other : self;
    if (IsParameter(value) || value->type.sizes == sizes ||
        (IsPerChannel(value->type.sizes, sizes) && beside->type.sizes == sizes))
      continue;
    Value* repeated = Expanded(value, sizes, build);
    if (repeated == nullptr) return "";
    node->Set(name, repeated);
    what = "'" + value->name + "' repeated to the sizes of " + node->op;
  }
  return what;
}

}  // namespace

void NormalizeIndexing(PassContext& context) {
  if (context.in_float) return;
  ApplyRules("normalize-indexing",
             {{"expand", NormalizeExpand},
              {"repeat", NormalizeRepeat},
              {"interleave", NormalizeInterleave},
              {"flip", NormalizeFlip},
              {"roll", NormalizeRoll},
              {"index", NormalizeIndex},
              {"pad-mode", NormalizePadMode},
              {"operands", RepeatOperands}},
             context);
}

}  // namespace cortico::passes
