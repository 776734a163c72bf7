#include "compiler/data/dataset.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "compiler/data/convert.h"
#include "compiler/data/npy.h"
#include "compiler/reference/quantize_value.h"

namespace cortico {
namespace {

std::string Join(const std::vector<int64_t>& sizes) {
  std::string text = "[";
  for (const int64_t size : sizes) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

std::vector<int64_t> IndexOf(size_t element, const std::vector<int64_t>& sizes) {
  std::vector<int64_t> index(sizes.size());
  for (size_t d = sizes.size(); d-- > 0;) {
    index[d] = static_cast<int64_t>(element % static_cast<size_t>(sizes[d]));
    element /= static_cast<size_t>(sizes[d]);
  }
  return index;
}

std::vector<int64_t> WithoutFirst(const std::vector<int64_t>& sizes) {
  return {sizes.empty() ? sizes.end() : sizes.begin() + 1, sizes.end()};
}

/// How an array is cut into runs.
struct Cut {
  int64_t rows = 0;  ///< of the array's first axis per run; 0: the whole array is one run
  int64_t runs = 0;
  int64_t left_out = 0;
  int64_t samples_per_run = 1;  ///< rows of `y` that belong to a run
};

std::optional<Cut> CutFor(const std::vector<int64_t>& array, const std::vector<int64_t>& input) {
  if (!array.empty() && WithoutFirst(array) == input) return Cut{1, array[0], 0, 1};
  if (input.empty()) return array.empty() ? std::optional(Cut{0, 1, 0, 1}) : std::nullopt;
  const int64_t batch = input[0];
  if (!array.empty() && WithoutFirst(array) == WithoutFirst(input) && batch > 0) {
    return Cut{batch, array[0] / batch, array[0] % batch, batch};
  }
  if (batch == 1 && array == WithoutFirst(input)) return Cut{0, 1, 0, 1};
  return std::nullopt;
}

HostTensor Rows(const HostTensor& array, int64_t first, int64_t count) {
  HostTensor rows;
  rows.type = array.type;
  const auto total = static_cast<size_t>(array.type.sizes.at(0));
  const size_t bytes = total == 0 ? 0 : array.data.size() / total;
  rows.type.sizes[0] = count;
  const auto begin = array.data.begin() + static_cast<std::ptrdiff_t>(bytes) * first;
  rows.data.assign(begin, begin + static_cast<std::ptrdiff_t>(bytes) * count);
  return rows;
}

/// Whether numbers of `from` become `to`'s, or come from them, by `to`'s scale and zero point.
bool IsAffine(DType from, const TensorType& to) {
  if (!to.quantization || !to.quantization->per_tensor()) return false;
  return to.dtype == DType::kInt8 ? IsFloat(from)
                                  : to.dtype == DType::kFloat32 && from == DType::kInt8;
}

/// int8 ↔ float32 as `type` says; `from` has elements of the other type.
void ConvertAffine(std::span<const uint8_t> from, DType from_type, HostTensor* to) {
  const Quantization& q = *to->type.quantization;
  const auto count = static_cast<size_t>(to->type.numel());
  if (to->type.dtype == DType::kFloat32) {
    for (size_t i = 0; i < count; ++i)
      to->As<float>()[i] = DequantizeValue(static_cast<int8_t>(from[i]),
                                           static_cast<float>(q.scale()), q.zero_point());
    return;
  }
  std::vector<float> reals(count);
  ConvertElements(from, from_type, {reinterpret_cast<uint8_t*>(reals.data()), count * sizeof(float)},
                  DType::kFloat32);
  for (size_t i = 0; i < count; ++i)
    to->As<int8_t>()[i] = QuantizeValue<int8_t>(reals[i], InverseScale(q.scale()), q.zero_point(),
                                                q.qmin, q.qmax);
}

}  // namespace

/// Collects what is wrong with each file, array by array.
class DatasetLoader {
 public:
  DatasetLoader(const std::vector<DataInput>& inputs, Diagnostics& diagnostics)
      : diagnostics_(diagnostics) {
    set_.inputs_ = inputs;
  }

  void AddFile(const std::string& path) {
    auto arrays = ReadArrays(path, diagnostics_);
    if (!arrays) {
      ok_ = false;
      return;
    }
    Diagnostics local(path == "-" ? "standard input" : path);
    AddArrays(std::move(*arrays), local);
    ok_ = ok_ && local.ok();
    diagnostics_.Append(local);
  }

  std::optional<Dataset> Finish(const std::string& path) {
    if (ok_ && set_.size_ == 0) {
      Diagnostics local(path);
      local.Error({}, "holds no samples", "give at least one");
      diagnostics_.Append(local);
      ok_ = false;
    }
    if (!ok_) return std::nullopt;
    return std::move(set_);
  }

 private:
  void AddArrays(NamedTensors arrays, Diagnostics& local) {
    Dataset::Part part;
    if (!Assign(std::move(arrays), &part, local)) return;
    std::vector<Cut> cuts;
    for (size_t i = 0; i < set_.inputs_.size(); ++i) {
      const DataInput& input = set_.inputs_[i];
      const auto cut = CutFor(part.arrays[i].type.sizes, input.type.sizes);
      if (!cut) {
        local.Error({},
                    Label(i) + " has the shape " + Join(part.arrays[i].type.sizes) +
                        ", which does not fit the program's input '" + input.name + "' " +
                        Join(input.type.sizes),
                    "give an array of shape " + Wanted(input.type.sizes));
      } else {
        cuts.push_back(*cut);
      }
      CheckElements(part.arrays[i], Label(i), &input.type, local);
    }
    if (cuts.size() != set_.inputs_.size() || !local.ok()) return;
    for (size_t i = 0; i < cuts.size(); ++i) {
      if (cuts[i].runs != cuts[0].runs) {
        local.Error({},
                    Label(i) + " gives " + std::to_string(cuts[i].runs) + " samples and " +
                        Label(0) + " " + std::to_string(cuts[0].runs),
                    "give as many for each input");
      }
      part.rows.push_back(cuts[i].rows);
    }
    if (cuts.empty()) return;
    if (cuts[0].left_out > 0) {
      local.Warning({}, "the last " + std::to_string(cuts[0].left_out) + " of " +
                            std::to_string(part.arrays[0].type.sizes[0]) +
                            " samples are left out: the program takes " +
                            std::to_string(cuts[0].samples_per_run) + " at a time");
    }
    part.truth_rows = cuts[0].samples_per_run;
    part.runs = static_cast<size_t>(cuts[0].runs);
    CheckTruth(&part, cuts[0], local);
    if (!local.ok()) return;
    part.first = set_.size_;
    set_.size_ += part.runs;
    set_.parts_.push_back(std::move(part));
  }

  /// Sorts the arrays of a file by input.
  bool Assign(NamedTensors arrays, Dataset::Part* part, Diagnostics& local) {
    const size_t count = set_.inputs_.size();
    const auto find = [&](const std::string& name) {
      return std::find_if(arrays.begin(), arrays.end(),
                          [&](const auto& entry) { return entry.first == name; });
    };
    const auto has = [&](const std::string& name) { return find(name) != arrays.end(); };
    const auto all = [&](auto name_of) {
      for (size_t i = 0; i < count; ++i) {
        if (!has(name_of(i))) return false;
      }
      return true;
    };
    const auto by_input = [&](size_t i) { return set_.inputs_[i].name; };
    const auto by_number = [](size_t i) { return "arr_" + std::to_string(i); };
    const bool named = all(by_input);
    const bool numbered = !named && all(by_number);
    const bool y_is_input = std::any_of(set_.inputs_.begin(), set_.inputs_.end(),
                                        [](const DataInput& input) { return input.name == "y"; });
    if (!y_is_input && has("y")) {
      part->truth = std::move(find("y")->second);
      arrays.erase(find("y"));
    }
    labels_.clear();
    for (size_t i = 0; i < count; ++i) {
      std::string name = named ? by_input(i) : by_number(i);
      if (!named && !numbered) {
        if (count != 1 || arrays.size() != 1) return Mismatch(arrays, local);
        name = arrays[0].first;
      }
      part->arrays.push_back(std::move(find(name)->second));
      arrays.erase(find(name));
      labels_.push_back(name.empty() ? "the array" : "array '" + name + "'");
    }
    for (const auto& [name, tensor] : arrays) {
      local.Note({}, "array '" + name + "' is not used: the program has no input of that name");
    }
    return true;
  }

  bool Mismatch(const NamedTensors& arrays, Diagnostics& local) {
    std::string wanted, found;
    for (const DataInput& input : set_.inputs_) {
      wanted += (wanted.empty() ? "'" : ", '") + input.name + "'";
    }
    for (const auto& [name, tensor] : arrays) {
      const std::string shown = name.empty() ? "one without a name" : "'" + name + "'";
      found += (found.empty() ? "" : ", ") + shown;
    }
    local.Error({},
                "does not give the program's inputs " + wanted + ": its arrays are " +
                    (found.empty() ? "none" : found),
                "write an .npz with arrays named after the inputs, or arr_0, arr_1, ... in order");
    return false;
  }

  const std::string& Label(size_t input) const { return labels_[input]; }

  static std::string Wanted(const std::vector<int64_t>& input) {
    std::string rest = "[samples";
    for (size_t i = 1; i < input.size(); ++i) rest += ", " + std::to_string(input[i]);
    return rest + "]";
  }

  /// Finite, and convertible to `type` when that is given.
  static void CheckElements(const HostTensor& array, const std::string& label,
                            const TensorType* type, Diagnostics& local) {
    const DType from = array.type.dtype;
    if (const auto bad = FirstNonFinite(array.data, from)) {
      local.Error({},
                  label + " holds a value that is not finite at index " +
                      Join(IndexOf(*bad, array.type.sizes)),
                  "repair or remove that sample");
      return;
    }
    if (type == nullptr) return;
    const DType to = type->dtype;
    if (IsAffine(from, *type)) {
      const Quantization& q = *type->quantization;
      local.Note({}, label + (IsFloat(to) ? " is taken as integers of" : " is quantized with") +
                         " the input's scale " + std::to_string(q.scale()) + " and zero point " +
                         std::to_string(q.zero_point()));
      return;
    }
    const std::string types = std::string(" holds ") + Name(from) + " and the program wants ";
    const Conversion conversion = ConversionOf(from, to);
    if (conversion == Conversion::kRefuse) {
      const bool scale = IsFloat(to) && !IsFloat(from);
      local.Error({}, label + types + Name(to),
                  scale ? std::string("convert it first, scaled as in training (for images often "
                                      "x.astype('float32') / 255)")
                        : "convert it first to " + std::string(Name(to)));
      return;
    }
    if (conversion == Conversion::kNone || conversion == Conversion::kExact) return;
    if (const auto bad = FirstUnfit(array.data, from, to)) {
      local.Error({},
                  label + types + Name(to) + ", which cannot hold the value at index " +
                      Join(IndexOf(*bad, array.type.sizes)),
                  "repair or remove that sample");
    } else if (conversion == Conversion::kRound) {
      local.Note({}, label + " is rounded from " + Name(from) + " to " + Name(to));
    }
  }

  void CheckTruth(Dataset::Part* part, const Cut& cut, Diagnostics& local) {
    const bool has = part->truth.has_value();
    if (!set_.parts_.empty() && has != set_.has_truth_) {
      local.Error({},
                  has ? "has an array 'y' where the files before have none"
                      : "lacks the array 'y' that the files before have",
                  "give 'y' in every file or in none");
      return;
    }
    set_.has_truth_ = has;
    if (!has) return;
    HostTensor& truth = *part->truth;
    if (truth.type.sizes.empty()) truth.type.sizes = {1};
    const int64_t samples = cut.runs * cut.samples_per_run + cut.left_out;
    if (truth.type.sizes[0] != samples) {
      local.Error({},
                  "array 'y' has " + std::to_string(truth.type.sizes[0]) + " rows for " +
                      std::to_string(samples) + " samples",
                  "give one row for each sample");
    }
    CheckElements(truth, "array 'y'", nullptr, local);
    const bool labels = truth.type.sizes.size() == 1 && !IsFloat(truth.type.dtype);
    set_.labels_ = labels && (set_.parts_.empty() || set_.labels_);
  }

  Diagnostics& diagnostics_;
  Dataset set_;
  std::vector<std::string> labels_;  ///< of the arrays of the file at hand, by input
  bool ok_ = true;
};

const Dataset::Part& Dataset::PartOf(size_t* index) const {
  CORTICO_CHECK(*index < size_);
  auto after = std::upper_bound(parts_.begin(), parts_.end(), *index,
                                [](size_t i, const Part& part) { return i < part.first; });
  const Part& part = *std::prev(after);
  *index -= part.first;
  return part;
}

Sample Dataset::Get(size_t index) const {
  const Part& part = PartOf(&index);
  Sample sample;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const HostTensor& array = part.arrays[i];
    HostTensor tensor;
    tensor.type = inputs_[i].type;
    // A file's elements are in logical order whatever layout the program chose for its input.
    tensor.type.dim_order.clear();
    const DType from = array.type.dtype;
    const size_t elements = part.rows[i] == 0 ? array.data.size() / SizeOf(from)
                                              : static_cast<size_t>(tensor.type.numel());
    const auto slice = std::span<const uint8_t>(array.data)
                           .subspan(part.rows[i] == 0 ? 0 : index * elements * SizeOf(from),
                                    elements * SizeOf(from));
    tensor.data.resize(elements * SizeOf(tensor.type.dtype));
    if (IsAffine(from, tensor.type)) ConvertAffine(slice, from, &tensor);
    else ConvertElements(slice, from, tensor.data, tensor.type.dtype);
    sample.push_back(std::move(tensor));
  }
  return sample;
}

HostTensor Dataset::Truth(size_t index) const {
  CORTICO_CHECK(has_truth_);
  const Part& part = PartOf(&index);
  return Rows(*part.truth, static_cast<int64_t>(index) * part.truth_rows, part.truth_rows);
}

std::optional<Dataset> LoadDataset(const std::string& path, const std::vector<DataInput>& inputs,
                                   Diagnostics& diagnostics) {
  DatasetLoader loader(inputs, diagnostics);
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    loader.AddFile(path);
    return loader.Finish(path);
  }
  std::vector<std::string> files;
  for (std::filesystem::directory_iterator it(path, error), end; !error && it != end;
       it.increment(error)) {
    const std::string extension = it->path().extension().string();
    if (extension == ".npy" || extension == ".npz") files.push_back(it->path().string());
  }
  if (error || files.empty()) {
    Diagnostics local(path);
    local.Error({}, error ? "cannot be listed: " + error.message() : "holds no .npy or .npz file",
                "give a folder with the samples");
    diagnostics.Append(local);
    return std::nullopt;
  }
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) loader.AddFile(file);
  return loader.Finish(path);
}

std::optional<Dataset> LoadDataset(const std::string& path, const Graph& graph,
                                   Diagnostics& diagnostics) {
  std::vector<DataInput> inputs;
  for (const Value* input : graph.inputs) inputs.push_back({input->name, input->type});
  return LoadDataset(path, inputs, diagnostics);
}

}  // namespace cortico
