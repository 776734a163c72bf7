#include "compiler/tools/outputs.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/data/convert.h"
#include "compiler/tools/inputs.h"

namespace cortico::tools {
namespace {

template <class T>
double As(const HostTensor& tensor, int64_t index) {
  return static_cast<double>(tensor.As<T>()[index]);
}

}  // namespace

double ElementAsDouble(const HostTensor& tensor, int64_t index) {
  switch (tensor.type.dtype) {
    case DType::kUInt8:
      return As<uint8_t>(tensor, index);
    case DType::kInt8:
      return As<int8_t>(tensor, index);
    case DType::kInt16:
      return As<int16_t>(tensor, index);
    case DType::kInt32:
      return As<int32_t>(tensor, index);
    case DType::kInt64:
      return As<int64_t>(tensor, index);
    case DType::kFloat32:
      return As<float>(tensor, index);
    case DType::kFloat64:
      return As<double>(tensor, index);
    case DType::kBool:
      return tensor.As<uint8_t>()[index] != 0 ? 1 : 0;
    case DType::kUInt16:
      return As<uint16_t>(tensor, index);
    case DType::kUInt32:
      return As<uint32_t>(tensor, index);
    case DType::kUInt64:
      return As<uint64_t>(tensor, index);
    case DType::kFloat16:
    case DType::kBFloat16: {
      const auto at = static_cast<size_t>(index) * 2;
      double value = 0;
      ConvertElements(std::span<const uint8_t>(tensor.data).subspan(at, 2), tensor.type.dtype,
                      {reinterpret_cast<uint8_t*>(&value), sizeof(value)}, DType::kFloat64);
      return value;
    }
  }
  return std::numeric_limits<double>::quiet_NaN();
}

std::vector<double> ToReals(const HostTensor& tensor, const std::optional<Quantization>& q) {
  const auto count = static_cast<size_t>(tensor.type.numel());
  std::vector<double> reals(count);
  const bool affine = q && q->per_tensor() && !IsFloat(tensor.type.dtype);
  const double scale = affine ? q->scale() : 1.0;
  const double zero = affine ? q->zero_point() : 0.0;
  for (size_t i = 0; i < count; ++i)
    reals[i] = (ElementAsDouble(tensor, static_cast<int64_t>(i)) - zero) * scale;
  return reals;
}

NamedTensors StackOutputs(const PteFile& file, const std::vector<Sample>& results) {
  const std::vector<std::string> names = OutputNames(file);
  const bool has_batch = !file.inputs.empty() && InputType(file, 0).rank() > 0;
  NamedTensors outputs;
  for (size_t o = 0; o < names.size(); ++o) {
    HostTensor all;
    all.type.dtype = OutputType(file, o).dtype;
    all.type.sizes = OutputType(file, o).sizes;
    const bool joined =
        has_batch && all.type.rank() > 0 && all.type.sizes[0] == InputType(file, 0).sizes[0];
    const auto runs = static_cast<int64_t>(results.size());
    if (joined)
      all.type.sizes[0] *= runs;
    else
      all.type.sizes.insert(all.type.sizes.begin(), runs);
    for (const Sample& result : results)
      all.data.insert(all.data.end(), result.at(o).data.begin(), result.at(o).data.end());
    CORTICO_CHECK(static_cast<int64_t>(all.data.size()) == all.type.nbytes());
    outputs.emplace_back(names[o], std::move(all));
  }
  return outputs;
}

void ErrorSums::Add(const std::vector<double>& truth, const std::vector<double>& other) {
  CORTICO_CHECK(truth.size() == other.size());
  for (size_t i = 0; i < truth.size(); ++i) {
    const double error = truth[i] - other[i];
    signal_ += truth[i] * truth[i];
    noise_ += error * error;
    largest_ = std::max(largest_, std::abs(error));
  }
  count_ += static_cast<int64_t>(truth.size());
}

double ErrorSums::MeanSquaredError() const {
  return count_ == 0 ? std::numeric_limits<double>::quiet_NaN()
                     : noise_ / static_cast<double>(count_);
}

double ErrorSums::Sqnr() const {
  if (count_ == 0) return std::numeric_limits<double>::quiet_NaN();
  if (noise_ == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(signal_ / noise_);
}

void Top1::Add(const std::vector<double>& scores, const std::vector<int64_t>& labels) {
  CORTICO_CHECK(!labels.empty() && scores.size() % labels.size() == 0);
  const size_t classes = scores.size() / labels.size();
  for (size_t row = 0; row < labels.size(); ++row) {
    const auto first = scores.begin() + static_cast<ptrdiff_t>(row * classes);
    const auto best = std::max_element(first, first + static_cast<ptrdiff_t>(classes)) - first;
    right_ += best == labels[row];
    ++count_;
  }
}

double Top1::Accuracy() const {
  return count_ == 0 ? std::numeric_limits<double>::quiet_NaN()
                     : static_cast<double>(right_) / static_cast<double>(count_);
}

}  // namespace cortico::tools
