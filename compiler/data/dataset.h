// Samples for calibration and validation, cut from arrays in files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/graph/diagnostics.h"
#include "compiler/graph/graph.h"
#include "compiler/program.h"

namespace cortico {

/// What a program reads: name and type of one input.
struct DataInput {
  std::string name;
  TensorType type;
};

/// A list of runs of a program: per run one tensor for each input, and the truth when there is one.
/// The arrays stay as they were in the file; a run's slice is cut and converted when asked for.
class Dataset {
 public:
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// The inputs of run `index`, in the order of the program's inputs, dense and of their types.
  Sample Get(size_t index) const;

  bool has_truth() const { return has_truth_; }
  /// Whole numbers in one dimension: class labels.
  bool truth_is_labels() const { return has_truth_ && labels_; }
  /// The rows of `y` that belong to run `index`, in the type of the file: sizes [rows, ...].
  HostTensor Truth(size_t index) const;

 private:
  friend class DatasetLoader;

  /// One file: for each input, and then for `y`, an array.
  struct Part {
    std::vector<HostTensor> arrays;
    std::vector<int64_t> rows;  ///< per input: rows of its array that one run takes
    std::optional<HostTensor> truth;
    int64_t truth_rows = 0;
    size_t first = 0;  ///< number of its first run
    size_t runs = 0;
  };
  const Part& PartOf(size_t* index) const;

  std::vector<DataInput> inputs_;
  std::vector<Part> parts_;
  size_t size_ = 0;
  bool has_truth_ = false;
  bool labels_ = false;
};

/// Loads a .npy or .npz file, a folder of them (in the order of their names) or "-", for a program
/// with these inputs.
///
/// The first axis of an array counts samples. An .npz names its arrays after the inputs or gives
/// them in order as arr_0, arr_1, ...; for a program with one input any single name will do. A .npy
/// serves a program with one input. `y` is the truth, unless an input has that name.
/// An array fits an input of sizes [b, ...] when its own are
///   [n, b, ...]: n runs;
///   [n, ...]:    n / b runs of b samples each (a remainder is left out, with a warning);
///   [...]:       one run, when b is 1.
///
/// Elements are converted where no value changes its meaning: between float types (float64 to
/// float32 with a note), between integer types when all values fit, from bool to integers. Integers
/// for a float input are an error, since only the user knows the scale that training used, unless
/// the input's type has a quantization: then float data are quantized for an integer input,
/// clamp(round(x / scale) + zero_point), and int8 data for a float input are what they stand for,
/// (q - zero_point) * scale; a note says so.
/// NaN and infinity are errors that name the array and the index.
std::optional<Dataset> LoadDataset(const std::string& path, const std::vector<DataInput>& inputs,
                                   Diagnostics& diagnostics);
std::optional<Dataset> LoadDataset(const std::string& path, const Graph& graph,
                                   Diagnostics& diagnostics);

}  // namespace cortico
