// Ops that move elements and change none: every result is a copy, of any element type.
#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "compiler/reference/aten.h"

namespace cortico {
namespace {

const HostTensor& Self(OpCall& call) { return call.Tensor(call.Has("input") ? "input" : "self"); }
int64_t Size(const Sizes& sizes, int64_t dim) { return sizes[static_cast<size_t>(dim)]; }

// out[i0, i1, …] = in[offset + i0 * strides[0] + i1 * strides[1] + …], the offset and the strides
// in elements of `in`.
void Gather(const HostTensor& in, int64_t offset, const Sizes& strides, HostTensor* out) {
  const Sizes& sizes = out->type.sizes;
  const auto bytes = static_cast<int64_t>(SizeOf(in.type.dtype));
  const int64_t count = NumelOf(sizes);
  if (count == 0) return;
  uint8_t* to = out->data.data();
  const int64_t width = sizes.empty() ? 1 : sizes.back();
  const int64_t step = sizes.empty() ? 1 : strides.back();
  Sizes at(sizes.size(), 0);
  int64_t from = offset;
  for (int64_t done = 0; done < count; done += width) {
    if (step == 1) {
      std::memcpy(to, in.data.data() + from * bytes, static_cast<size_t>(width * bytes));
      to += width * bytes;
    } else {
      for (int64_t i = 0; i < width; ++i, to += bytes)
        std::memcpy(to, in.data.data() + (from + i * step) * bytes, static_cast<size_t>(bytes));
    }
    for (size_t d = sizes.size() - std::min<size_t>(sizes.size(), 1); d-- > 0;) {
      from += strides[d];
      if (++at[d] < sizes[d]) break;
      from -= strides[d] * sizes[d];
      at[d] = 0;
    }
  }
}

// The inverse: copies `in` into a part of `out`.
void Scatter(const HostTensor& in, const Sizes& strides, int64_t offset, HostTensor* out) {
  const Sizes& sizes = in.type.sizes;
  const auto bytes = static_cast<int64_t>(SizeOf(in.type.dtype));
  const int64_t count = NumelOf(sizes);
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i, at = offset;
    for (size_t d = sizes.size(); d-- > 0;) {
      at += rest % sizes[d] * strides[d];
      rest /= sizes[d];
    }
    std::memcpy(out->data.data() + at * bytes, in.data.data() + i * bytes,
                static_cast<size_t>(bytes));
  }
}

void AddGathered(OpCall& call, const HostTensor& in, Sizes sizes, const Sizes& strides,
                 int64_t offset = 0) {
  HostTensor& out = call.AddResult(std::move(sizes), in.type.dtype);
  if (call.ok()) Gather(in, offset, strides, &out);
}

void View(OpCall& call) {
  const HostTensor& x = Self(call);
  Sizes sizes = call.Ints(call.Has("shape") ? "shape" : "size", {});
  if (!call.ok()) return;
  int64_t known = 1;
  int64_t* open = nullptr;
  const int64_t count = x.type.numel();
  bool fits = true;
  for (int64_t& size : sizes) {
    if (size == -1 && open == nullptr)
      open = &size;
    else if (size < 0 || (size > 0 && known > std::numeric_limits<int64_t>::max() / size))
      fits = false;
    else
      known *= size;
  }
  if (fits && open != nullptr && known > 0) *open = count / known, known *= *open;
  if (!fits || known != count || (open != nullptr && *open < 0))
    return call.Fail("a tensor of sizes " + ToText(x.type.sizes) + " has no view of sizes " +
                     ToText(sizes));
  call.AddCopy(x, sizes);
}

void Flatten(OpCall& call) {
  const HostTensor& x = Self(call);
  const int64_t rank = x.type.rank();
  const int64_t first = call.Dim("start_dim", 0, rank), last = call.Dim("end_dim", -1, rank);
  if (call.ok() && first > last) call.Fail("start_dim lies behind end_dim");
  if (!call.ok()) return;
  const Sizes& in = x.type.sizes;
  if (in.empty()) {
    call.AddCopy(x, {1});
    return;
  }
  Sizes sizes(in.begin(), in.begin() + first);
  sizes.push_back(NumelOf({in.begin() + first, in.begin() + last + 1}));
  sizes.insert(sizes.end(), in.begin() + last + 1, in.end());
  call.AddCopy(x, sizes);
}

void Unflatten(OpCall& call) {
  const HostTensor& x = Self(call);
  const int64_t dim = call.Dim("dim", 0, x.type.rank());
  Sizes parts = call.Ints("sizes", {});
  if (!call.ok() || x.type.sizes.empty()) return call.Fail("a scalar cannot be unflattened");
  Sizes sizes = x.type.sizes;
  const int64_t whole = Size(sizes, dim);
  int64_t known = 1;
  int64_t* open = nullptr;
  for (int64_t& part : parts) {
    if (part == -1)
      open = &part;
    else
      known *= part;
  }
  if (open != nullptr && known > 0) *open = whole / known, known *= *open;
  if (known != whole)
    return call.Fail("dimension of " + std::to_string(whole) + " split into " + ToText(parts));
  sizes.erase(sizes.begin() + dim);
  sizes.insert(sizes.begin() + dim, parts.begin(), parts.end());
  call.AddCopy(x, sizes);
}

void Squeeze(OpCall& call) {
  const HostTensor& x = Self(call);
  const Sizes dims = call.Dims("dim", {}, x.type.rank());
  if (!call.ok()) return;
  const bool all = !call.Has("dim");
  Sizes sizes;
  for (int64_t d = 0; d < x.type.rank(); ++d) {
    const int64_t size = Size(x.type.sizes, d);
    const bool named = all || std::find(dims.begin(), dims.end(), d) != dims.end();
    if (size != 1 || !named) sizes.push_back(size);
  }
  call.AddCopy(x, sizes);
}

void Unsqueeze(OpCall& call) {
  const HostTensor& x = Self(call);
  const int64_t dim = call.Dim("dim", 0, x.type.rank() + 1);
  if (!call.ok()) return;
  Sizes sizes = x.type.sizes;
  sizes.insert(sizes.begin() + dim, 1);
  call.AddCopy(x, sizes);
}

void AddPermuted(OpCall& call, const HostTensor& x, const Sizes& dims) {
  const Sizes own = RowMajorStrides(x.type.sizes);
  Sizes sizes, strides;
  for (int64_t d : dims) {
    sizes.push_back(Size(x.type.sizes, d));
    strides.push_back(Size(own, d));
  }
  AddGathered(call, x, sizes, strides);
}

void Permute(OpCall& call) {
  const HostTensor& x = Self(call);
  const Sizes dims = call.Dims("dims", {}, x.type.rank());
  if (call.ok() && dims.size() != x.type.sizes.size())
    call.Fail("dims " + ToText(dims) + " of a tensor of sizes " + ToText(x.type.sizes));
  if (call.ok()) AddPermuted(call, x, dims);
}

void Transpose(OpCall& call) {
  const HostTensor& x = Self(call);
  const int64_t rank = x.type.rank();
  const bool t = call.node().op == "aten.t.default";
  if (t && rank > 2) return call.Fail("t of a tensor with " + std::to_string(rank) + " dimensions");
  const int64_t a = t ? 0 : call.Dim("dim0", 0, rank);
  const int64_t b = t ? std::max<int64_t>(rank - 1, 0) : call.Dim("dim1", 0, rank);
  if (!call.ok()) return;
  Sizes dims;
  for (int64_t d = 0; d < rank; ++d) dims.push_back(d == a ? b : d == b ? a : d);
  AddPermuted(call, x, dims);
}

void Expand(OpCall& call) {
  const HostTensor& x = Self(call);
  Sizes sizes = call.Ints("size", {});
  if (!call.ok()) return;
  const Sizes& in = x.type.sizes;
  bool fits = sizes.size() >= in.size();
  for (size_t i = 0; fits && i < sizes.size(); ++i) {
    const size_t missing = sizes.size() - in.size();
    if (sizes[i] == -1 && i >= missing) sizes[i] = in[i - missing];
    fits = sizes[i] >= 0 && (i < missing || in[i - missing] == 1 || in[i - missing] == sizes[i]);
  }
  if (!fits) return call.Fail(ToText(in) + " does not expand to " + ToText(sizes));
  AddGathered(call, x, sizes, BroadcastStrides(in, sizes));
}

// One part of a tensor along `dim`: elements first, first + step, …
void AddPart(OpCall& call, const HostTensor& x, int64_t dim, int64_t first, int64_t count,
             int64_t step = 1) {
  Sizes strides = RowMajorStrides(x.type.sizes), sizes = x.type.sizes;
  const int64_t offset = first * Size(strides, dim);
  sizes[static_cast<size_t>(dim)] = count;
  strides[static_cast<size_t>(dim)] *= step;
  AddGathered(call, x, sizes, strides, offset);
}

void Slice(OpCall& call) {
  const HostTensor& x = Self(call);
  const int64_t dim = call.Dim("dim", 0, x.type.rank());
  if (x.type.sizes.empty()) call.Fail("a scalar cannot be sliced");
  if (!call.ok()) return;
  const int64_t size = Size(x.type.sizes, dim);
  int64_t start = call.Int("start", 0), end = call.Int("end", size);
  const int64_t step = call.Int("step", 1);
  if (call.ok() && (step < 1 || step > (int64_t{1} << 40))) call.Fail("step must be positive");
  if (!call.ok()) return;
  if (start < 0) start = start < -size ? 0 : start + size;
  if (end < 0) end = end < -size ? 0 : end + size;
  start = std::min(start, size);
  end = std::clamp(end, start, size);
  AddPart(call, x, dim, start, (end - start + step - 1) / step, step);
}

void Select(OpCall& call) {
  const HostTensor& x = Self(call);
  const int64_t dim = call.Dim("dim", 0, x.type.rank());
  if (x.type.sizes.empty()) call.Fail("a scalar cannot be indexed");
  if (!call.ok()) return;
  const int64_t size = Size(x.type.sizes, dim);
  int64_t index = call.Int("index", 0);
  if (index < -size || index >= size)
    return call.Fail("index " + std::to_string(index) + " of a dimension of " +
                     std::to_string(size));
  if (index < 0) index += size;
  Sizes strides = RowMajorStrides(x.type.sizes), sizes = x.type.sizes;
  const int64_t offset = index * Size(strides, dim);
  strides.erase(strides.begin() + dim);
  sizes.erase(sizes.begin() + dim);
  AddGathered(call, x, sizes, strides, offset);
}

// Where an element beyond the edge of a dimension of `size` comes from.
int64_t Mirrored(int64_t at, int64_t size, const std::string& mode) {
  if (mode == "replicate") return std::clamp<int64_t>(at, 0, size - 1);
  if (mode == "circular") return (at % size + size) % size;
  return at < 0 ? -at : at >= size ? 2 * (size - 1) - at : at;  // reflect: the edge is not repeated
}

// Dimension by dimension, so that corners are made of what was padded before.
void PadFromInside(OpCall& call, const HostTensor& x, const Sizes& pad, const std::string& mode) {
  HostTensor now = x;
  for (size_t i = 0; i < pad.size() / 2; ++i) {
    const size_t d = x.type.sizes.size() - 1 - i;
    const int64_t size = now.type.sizes[d], low = pad[2 * i], high = pad[2 * i + 1];
    const int64_t most = mode == "reflect"    ? size - 1
                         : mode == "circular" ? size
                                              : int64_t{1} << 30;
    if (low < 0 || high < 0 || low > most || high > most || size == 0)
      return call.Fail("pad " + ToText(pad) + " of a tensor of sizes " + ToText(x.type.sizes));
    Sizes sizes = now.type.sizes;
    sizes[d] += low + high;
    const int64_t outer = NumelOf({sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(d)});
    const int64_t block =
        NumelOf({sizes.begin() + static_cast<std::ptrdiff_t>(d) + 1, sizes.end()}) *
        SizeOf(x.type.dtype);
    HostTensor next = std::move(call.AddResult(sizes, x.type.dtype));
    call.results().clear();
    if (!call.ok()) return;
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t k = 0; k < sizes[d]; ++k)
        std::memcpy(next.data.data() + (o * sizes[d] + k) * block,
                    now.data.data() + (o * size + Mirrored(k - low, size, mode)) * block,
                    static_cast<size_t>(block));
    now = std::move(next);
  }
  call.results().push_back(std::move(now));
}

// pad = [left, right, top, bottom, …], last dimension first; a negative number cuts off.
void PadOp(OpCall& call) {
  const HostTensor& x = Self(call);
  const Sizes pad = call.Ints(call.Has("pad") ? "pad" : "padding", {});
  const auto value = static_cast<float>(call.Number("value", 0.0));
  const std::string& op = call.node().op;
  const std::string mode = op.starts_with("aten.reflection")    ? "reflect"
                           : op.starts_with("aten.replication") ? "replicate"
                                                                : call.Text("mode", "constant");
  if (mode != "constant" && mode != "reflect" && mode != "replicate" && mode != "circular")
    call.Fail("padding mode '" + mode + "' is unknown");
  const Sizes& in = x.type.sizes;
  if (pad.size() % 2 != 0 || pad.size() / 2 > in.size())
    call.Fail("pad " + ToText(pad) + " of a tensor of sizes " + ToText(in));
  if (value != 0.0f && x.type.dtype != DType::kFloat32)
    call.Fail("padding " + std::string(Name(x.type.dtype)) + " with a value other than 0");
  if (!call.ok()) return;
  if (mode != "constant") return PadFromInside(call, x, pad, mode);
  Sizes sizes = in, before(in.size(), 0), inside = in;
  constexpr int64_t kLimit = int64_t{1} << 40;
  for (size_t i = 0; i < pad.size() / 2; ++i) {
    const size_t d = in.size() - 1 - i;
    const int64_t low = pad[2 * i], high = pad[2 * i + 1];
    if (std::abs(low) > kLimit || std::abs(high) > kLimit || in[d] + low + high < 0)
      return call.Fail("pad " + ToText(pad) + " of a tensor of sizes " + ToText(in));
    before[d] = low;
    sizes[d] = in[d] + low + high;
    inside[d] =
        std::max<int64_t>(in[d] + std::min<int64_t>(low, 0) + std::min<int64_t>(high, 0), 0);
  }
  HostTensor& out = call.AddResult(sizes, x.type.dtype);
  if (!call.ok()) return;
  if (value != 0.0f) std::fill_n(out.As<float>(), out.type.numel(), value);
  // What is left of the input after negative padding, then its place in the result.
  const Sizes in_strides = RowMajorStrides(in), out_strides = RowMajorStrides(sizes);
  int64_t from = 0, to = 0;
  for (size_t d = 0; d < in.size(); ++d) {
    from += std::max<int64_t>(-before[d], 0) * in_strides[d];
    to += std::max<int64_t>(before[d], 0) * out_strides[d];
  }
  HostTensor middle{{x.type.dtype, inside, {}, {}},
                    Bytes(static_cast<size_t>(NumelOf(inside) * SizeOf(x.type.dtype)))};
  Gather(x, from, in_strides, &middle);
  Scatter(middle, out_strides, to, &out);
}

void Concatenate(OpCall& call, bool stack) {
  const std::vector<const HostTensor*> tensors = call.TensorList("tensors");
  if (!call.ok()) return;
  // torch lets an empty vector stand among the others.
  const auto empty = [&](const HostTensor* t) { return !stack && t->type.sizes == Sizes{0}; };
  const HostTensor* model = tensors.front();
  for (const HostTensor* t : tensors)
    if (!empty(t)) model = t;
  Sizes sizes = model->type.sizes;
  const int64_t dim = call.Dim("dim", 0, model->type.rank() + (stack ? 1 : 0));
  if (sizes.empty() && !stack) call.Fail("scalars cannot be concatenated");
  if (!call.ok()) return;
  const auto at = static_cast<size_t>(dim);
  int64_t total = 0;
  for (const HostTensor* t : tensors) {
    if (empty(t)) continue;
    Sizes other = t->type.sizes, first = model->type.sizes;
    if (!stack && other.size() == first.size()) {
      total += other[at];
      other[at] = first[at] = 0;
    }
    if (other != first || t->type.dtype != model->type.dtype)
      return call.Fail("tensors of sizes " + ToText(model->type.sizes) + " and " +
                       ToText(t->type.sizes) + " (or of different types) do not fit together");
  }
  if (stack)
    sizes.insert(sizes.begin() + dim, static_cast<int64_t>(tensors.size()));
  else
    sizes[at] = total;
  HostTensor& out = call.AddResult(sizes, model->type.dtype);
  if (!call.ok()) return;
  // Both are the interleaving of contiguous blocks.
  const int64_t outer = NumelOf({sizes.begin(), sizes.begin() + dim});
  uint8_t* to = out.data.data();
  for (int64_t o = 0; o < outer; ++o) {
    for (const HostTensor* t : tensors) {
      const size_t block = t->data.size() / static_cast<size_t>(outer);
      if (block == 0) continue;
      std::memcpy(to, t->data.data() + static_cast<size_t>(o) * block, block);
      to += block;
    }
  }
}

void Cat(OpCall& call) { Concatenate(call, false); }
void Stack(OpCall& call) { Concatenate(call, true); }

void Split(OpCall& call) {
  const HostTensor& x = Self(call);
  const int64_t dim = call.Dim("dim", 0, x.type.rank());
  if (x.type.sizes.empty()) call.Fail("a scalar cannot be split");
  if (!call.ok()) return;
  const int64_t size = Size(x.type.sizes, dim);
  Sizes parts;
  int64_t each = 0;
  if (call.Has("split_sizes")) {
    parts = call.Ints("split_sizes", {});
  } else if (call.Has("chunks")) {
    const int64_t chunks = call.Int("chunks", 1);
    if (chunks < 1) return call.Fail("chunks must be positive");
    each = std::max<int64_t>((size + chunks - 1) / chunks, 1);
  } else {
    each = call.Int("split_size", 0);
    if (each < 1) return call.Fail("split_size must be positive");
  }
  if (each > 0)
    for (int64_t first = 0; first == 0 || first < size; first += each)
      parts.push_back(std::min(each, size - first));
  int64_t sum = 0;
  for (int64_t part : parts) {
    if (part < 0 || part > size - sum)
      return call.Fail("parts " + ToText(parts) + " of " + std::to_string(size));
    sum += part;
  }
  if (sum != size) return call.Fail("parts " + ToText(parts) + " of " + std::to_string(size));
  int64_t first = 0;
  for (int64_t part : parts) {
    AddPart(call, x, dim, first, part);
    first += part;
  }
}

constexpr AtenEntry kOps[] = {
    {"aten.view.default", View},
    {"aten.view_copy.default", View},
    {"aten.reshape.default", View},
    {"aten._unsafe_view.default", View},
    {"aten.flatten.using_ints", Flatten},
    {"aten.unflatten.int", Unflatten},
    {"aten.squeeze.default", Squeeze},
    {"aten.squeeze.dim", Squeeze},
    {"aten.squeeze.dims", Squeeze},
    {"aten.squeeze_copy.dims", Squeeze},
    {"aten.unsqueeze.default", Unsqueeze},
    {"aten.unsqueeze_copy.default", Unsqueeze},
    {"aten.permute.default", Permute},
    {"aten.permute_copy.default", Permute},
    {"aten.transpose.int", Transpose},
    {"aten.transpose_copy.int", Transpose},
    {"aten.t.default", Transpose},
    {"aten.expand.default", Expand},
    {"aten.expand_copy.default", Expand},
    {"aten.slice.Tensor", Slice},
    {"aten.slice_copy.Tensor", Slice},
    {"aten.select.int", Select},
    {"aten.select_copy.int", Select},
    {"aten.constant_pad_nd.default", PadOp},
    {"aten.pad.default", PadOp},
    {"aten.reflection_pad1d.default", PadOp},
    {"aten.reflection_pad2d.default", PadOp},
    {"aten.replication_pad1d.default", PadOp},
    {"aten.replication_pad2d.default", PadOp},
    {"aten.cat.default", Cat},
    {"aten.stack.default", Stack},
    {"aten.split.Tensor", Split},
    {"aten.split_with_sizes.default", Split},
    {"aten.chunk.default", Split},
};

}  // namespace

std::span<const AtenEntry> ShapeOps() { return kOps; }

}  // namespace cortico
