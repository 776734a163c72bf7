// The weights and constants of a program.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/graph/diagnostics.h"
#include "compiler/graph/graph.h"
#include "compiler/import/json_reader.h"

namespace cortico {

/// A number of the archive's ScalarType enumeration as a type of ours; nothing when there is none.
std::optional<DType> DTypeFromSerialized(int64_t number);
/// What torch calls it: "complex64".
std::string SerializedDTypeName(int64_t number);
/// Torch's names of all of them, with their numbers.
std::vector<std::pair<std::string, int64_t>> SerializedDTypes();
/// What torch calls a type of ours: "float32".
const char* TorchName(DType dtype);
/// A type of ours by torch's name; nothing when there is none.
std::optional<DType> DTypeFromTorchName(const std::string& name);

/// A tensor laid over a storage: element [i, j, ...] is number offset + i * strides[0] + ... of it.
struct StridedTensor {
  DType dtype = DType::kFloat32;
  std::vector<int64_t> sizes;
  std::vector<int64_t> strides;  ///< in elements
  int64_t offset = 0;            ///< in elements
  auto operator<=>(const StridedTensor&) const = default;
};

/// The bytes of the storage at `path`, or nothing with the reason in `error` ("has no sound entry …").
using ReadStorage = std::function<std::optional<Bytes>(const std::string& path, std::string* error)>;

/// The elements in logical order, or nothing with the reason in `error`: a negative number, an
/// element beyond the storage, or more than `max_bytes` in all.
std::optional<Bytes> Densify(const StridedTensor& tensor, const Bytes& storage, uint64_t max_bytes,
                             std::string* error);

/// What a name in the archive stands for.
struct Payload {
  TensorType type;  ///< dense, default order
  std::shared_ptr<const Bytes> data;
};

/// Loads tensors by name. Storages are read once; names for the same part of the same storage share
/// one result.
class PayloadStore {
 public:
  /// `config` maps names to records (null: there are none), each with the path of a storage that
  /// `read` has. Both must outlive the store.
  PayloadStore(ReadStorage read, const Json* config) : read_(std::move(read)), config_(config) {}

  bool Has(const std::string& name) const { return Field(config_, name.c_str()) != nullptr; }
  /// Nothing after an error at `where`.
  std::optional<Payload> Load(const std::string& name, const Location& where,
                              Diagnostics& diagnostics);

 private:
  std::optional<StridedTensor> ParseMeta(const Json* meta, const std::string& what,
                                         const Location& where, Diagnostics& diagnostics) const;
  const Bytes* Storage(const std::string& path, std::string* error);

  ReadStorage read_;
  const Json* config_;
  std::map<std::string, std::optional<Bytes>> storages_;
  std::map<std::pair<std::string, StridedTensor>, std::shared_ptr<const Bytes>> loaded_;
  uint64_t total_ = 0;  ///< bytes of all results
};

}  // namespace cortico
