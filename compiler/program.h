// The programs that the public C++ API passes along, named as in PyTorch.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compiler/graph/graph.h"

namespace cortico {

/// A graph together with the file it came from.
struct ExportedProgram {
  std::string file;
  Graph graph;
};

/// One tensor of data on the host: dense, contiguous, as in a .npy file.
struct HostTensor {
  TensorType type;
  Bytes data;

  template <class T>
  T* As() {
    CORTICO_CHECK(sizeof(T) == SizeOf(type.dtype));
    return reinterpret_cast<T*>(data.data());
  }
  template <class T>
  const T* As() const {
    CORTICO_CHECK(sizeof(T) == SizeOf(type.dtype));
    return reinterpret_cast<const T*>(data.data());
  }
};

/// One value per program input, in order.
using Sample = std::vector<HostTensor>;

}  // namespace cortico
