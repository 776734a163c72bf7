// Results of runs: put together for a file, compared with each other and with the truth.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/data/npy.h"
#include "compiler/emit/pte/read_pte.h"
#include "compiler/program.h"

namespace cortico::tools {

/// One element of any element type.
double ElementAsDouble(const HostTensor& tensor, int64_t index);
/// All elements; with per-tensor parameters they are dequantized.
std::vector<double> ToReals(const HostTensor& tensor, const std::optional<Quantization>& q);

/// Per output of the program the results of all runs, the first axis counting samples: joined along
/// it where the output's first size is the batch of the program's first input, otherwise stacked.
NamedTensors StackOutputs(const PteFile& file, const std::vector<Sample>& results);

/// Sums that tell how far `other` is from `truth`, over as many elements as are added.
class ErrorSums {
 public:
  void Add(const std::vector<double>& truth, const std::vector<double>& other);

  int64_t count() const { return count_; }
  /// NaN when nothing was added.
  double MeanSquaredError() const;
  /// 10 log10(sum truth^2 / sum (truth - other)^2) in dB: infinite when the two are equal, NaN when
  /// nothing was added, minus infinity when the truth is all zeros and the other is not.
  double Sqnr() const;
  double LargestError() const { return largest_; }

 private:
  int64_t count_ = 0;
  double signal_ = 0, noise_ = 0, largest_ = 0;
};

/// How often the largest number of a row is at the place that the label says.
class Top1 {
 public:
  /// `scores` has as many rows as there are labels, each of at least two numbers.
  void Add(const std::vector<double>& scores, const std::vector<int64_t>& labels);
  int64_t right() const { return right_; }
  int64_t count() const { return count_; }
  double Accuracy() const;  ///< NaN when nothing was added

 private:
  int64_t right_ = 0, count_ = 0;
};

}  // namespace cortico::tools
