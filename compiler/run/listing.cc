#include "compiler/run/listing.h"

#include <algorithm>
#include <cstring>

#include "compiler/emit/pte/read_pte.h"
#include "runtime/model/op_row.h"

namespace cortico {
namespace {

ProgramListing::Tensor TensorOf(const PteFile& file, int number, const std::string& name = "") {
  const PteValue::Tensor& tensor = file.values[static_cast<size_t>(number)].tensor;
  return {name, tensor.type, tensor.bank, static_cast<uint32_t>(tensor.offset)};
}

std::vector<ProgramListing::Tensor> EndsOf(const PteFile& file, const std::vector<int>& numbers,
                                           const std::vector<std::string>& names,
                                           const char* stem) {
  std::vector<ProgramListing::Tensor> ends;
  for (size_t i = 0; i < numbers.size(); ++i) {
    const bool named = i < names.size() && !names[i].empty();
    ends.push_back(TensorOf(file, numbers[i], named ? names[i] : stem + std::to_string(i)));
  }
  return ends;
}

ProgramListing::Call CallOf(const PteFile& file, const PteCall& call) {
  ProgramListing::Call entry{call.op, call.overload, std::nullopt, call.location};
  if (call.args.empty()) return entry;
  int last = call.args.back();
  const PteValue* value = &file.values[static_cast<size_t>(last)];
  if (value->kind == PteValue::Kind::kTensorList && !value->items.empty()) {
    last = static_cast<int>(value->items[0]);
    value = last < 0 ? nullptr : &file.values[static_cast<size_t>(last)];
  }
  if (value != nullptr && value->kind == PteValue::Kind::kTensor) {
    entry.output = TensorOf(file, last);
  }
  return entry;
}

const OpRow* FindRow(const PteCall& call) {
  for (const OpRow& row : LinkedOps())
    if (call.op == row.name && call.overload == row.overload) return &row;
  return nullptr;
}

void CountRecord(const PteCall& call, ProgramListing& listing) {
  const OpRow* row = FindRow(call);
  if (row == nullptr) return;
  FieldCodes codes;
  std::copy_n(row->fields, row->field_count, codes.codes);
  codes.count = row->field_count;
  listing.target_record_bytes += 4 + RecordSize(codes, kTensorOnTarget);
  listing.host_record_bytes += static_cast<uint32_t>(sizeof(OpRow*)) + row->record_bytes;
}

// A range of a bank's bytes.
struct Range {
  int bank;
  int64_t begin, end;
  bool Meets(const Range& other) const {
    return bank == other.bank && begin < other.end && other.begin < end;
  }
};

/// Planned memory of a tensor, or of the tensors of a list.
std::vector<Range> RangesOf(const PteFile& file, int64_t number) {
  if (number < 0) return {};
  const PteValue& value = file.values[static_cast<size_t>(number)];
  std::vector<Range> ranges;
  if (value.kind == PteValue::Kind::kTensor && value.tensor.bank >= 0) {
    const PteValue::Tensor& tensor = value.tensor;
    ranges.push_back({tensor.bank, tensor.offset, tensor.offset + tensor.type.nbytes()});
  } else if (value.kind == PteValue::Kind::kTensorList) {
    for (int64_t item : value.items)
      for (const Range& range : RangesOf(file, item)) ranges.push_back(range);
  }
  return ranges;
}

// State lies apart from all that comes and goes: when it is read, nothing has been written there.
bool KeepsState(const PteFile& file) {
  std::vector<Range> written;
  const auto write = [&](int number) {
    for (const Range& range : RangesOf(file, number)) written.push_back(range);
  };
  std::for_each(file.inputs.begin(), file.inputs.end(), write);
  for (const PteCall& call : file.calls) {
    const OpRow* row = FindRow(call);
    if (row == nullptr) return true;
    for (size_t i = 0; i < std::min<size_t>(row->field_count, call.args.size()); ++i) {
      const auto kind = KindOf(row->fields[i]);
      if (kind == FieldKindCode::kScratch || kind == FieldKindCode::kOut) continue;
      for (const Range& range : RangesOf(file, call.args[i]))
        if (std::none_of(written.begin(), written.end(),
                         [&](const Range& w) { return w.Meets(range); }))
          return true;
    }
    if (!call.args.empty()) write(call.args.back());
  }
  return false;
}

// Calls copy(logical, memory) with the element numbers of each element in both orders.
template <class Copy>
void ForEachElement(const TensorType& type, Copy copy) {
  const std::vector<int64_t> strides = StridesOf(type);
  std::vector<int64_t> index(type.sizes.size());
  const int64_t count = type.numel();
  int64_t memory = 0;
  for (int64_t logical = 0; logical < count; ++logical) {
    copy(logical, memory);
    for (size_t d = index.size(); d-- > 0;) {
      memory += strides[d];
      if (++index[d] < type.sizes[d]) break;
      memory -= strides[d] * index[d];
      index[d] = 0;
    }
  }
}

}  // namespace

std::optional<ProgramListing> ListProgram(const std::vector<uint8_t>& pte,
                                          Diagnostics& diagnostics) {
  const std::optional<PteFile> file = ReadPte(pte, diagnostics);
  if (!file) return std::nullopt;
  ProgramListing listing;
  listing.isa = file->isa;
  listing.cpu = file->cpu;
  listing.inputs = EndsOf(*file, file->inputs, file->input_names, "input_");
  listing.outputs = EndsOf(*file, file->outputs, file->output_names, "output_");
  int64_t planned = 0;
  for (int64_t bytes : file->bank_bytes) {
    planned += bytes;
    if (bytes > kMostPlanned || planned > kMostPlanned) {
      diagnostics.Error({}, "its plan needs more memory than any board has (256 MB)");
      return std::nullopt;
    }
    listing.planned.push_back(static_cast<uint32_t>(bytes));
  }
  for (const PteCall& call : file->calls) {
    listing.calls.push_back(CallOf(*file, call));
    CountRecord(call, listing);
  }
  listing.keeps_state = KeepsState(*file);
  return listing;
}

AlignedBytes::AlignedBytes(const std::vector<uint8_t>& bytes) : AlignedBytes(bytes.size()) {
  if (!bytes.empty()) std::memcpy(data(), bytes.data(), bytes.size());
}

Bytes ToMemoryOrder(const HostTensor& tensor, const TensorType& type) {
  if (type.dim_order.empty()) return tensor.data;
  Bytes bytes(tensor.data.size());
  const size_t element = SizeOf(type.dtype);
  ForEachElement(type, [&](int64_t logical, int64_t memory) {
    std::memcpy(bytes.data() + static_cast<size_t>(memory) * element,
                tensor.data.data() + static_cast<size_t>(logical) * element, element);
  });
  return bytes;
}

HostTensor ToLogicalOrder(const uint8_t* bytes, const TensorType& type) {
  HostTensor tensor;
  tensor.type = type;
  tensor.type.dim_order.clear();
  tensor.data.resize(static_cast<size_t>(type.nbytes()));
  const size_t element = SizeOf(type.dtype);
  ForEachElement(type, [&](int64_t logical, int64_t memory) {
    std::memcpy(tensor.data.data() + static_cast<size_t>(logical) * element,
                bytes + static_cast<size_t>(memory) * element, element);
  });
  return tensor;
}

}  // namespace cortico
