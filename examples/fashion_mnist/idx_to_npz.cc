// Turns images and labels in the IDX format (MNIST, Fashion-MNIST) into the .npz that cortico
// reads:
//   x  float32 [n, 1, height, width], pixel / 255, as in train.py
//   y  int64 [n], the labels (when --labels is given)
//
//   idx_to_npz --images t10k-images-idx3-ubyte.gz --labels t10k-labels-idx1-ubyte.gz -o test.npz
//
// IDX: two zero bytes, the type (8: unsigned byte), the number of dimensions, each size as a 32-bit
// big-endian number, then the data.
#include <zlib.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/data/npy.h"

namespace {

using cortico::Bytes;
using cortico::Diagnostics;
using cortico::HostTensor;

constexpr size_t kMaxBytes = size_t{1} << 30;
constexpr const char* kGetData = "give a file of the data set, packed with gzip or not";

struct Idx {
  std::vector<int64_t> sizes;
  Bytes data;
};

/// The bytes of a file, unpacked when it is packed.
std::optional<Bytes> ReadUnpacked(const std::string& path, Diagnostics& diagnostics) {
  const gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) {
    diagnostics.Error({}, std::string("cannot be opened: ") + std::strerror(errno), kGetData);
    return std::nullopt;
  }
  Bytes bytes;
  std::array<uint8_t, 1 << 16> block;
  int got = 0;
  while ((got = gzread(file, block.data(), block.size())) > 0 && bytes.size() <= kMaxBytes) {
    bytes.insert(bytes.end(), block.begin(), block.begin() + got);
  }
  // A packed file that was cut short shows only when it is closed.
  const bool complete = gzclose_r(file) == Z_OK && got == 0;
  if (complete) return bytes;
  diagnostics.Error(
      {}, bytes.size() > kMaxBytes ? "unpacks to more than 1 GB" : "is damaged or cut short",
      kGetData);
  return std::nullopt;
}

std::optional<Idx> ReadIdx(const std::string& path, size_t dimensions, const char* what,
                           Diagnostics& diagnostics) {
  Diagnostics local(path);
  auto bytes = ReadUnpacked(path, local);
  std::optional<Idx> idx;
  const size_t header = 4 + 4 * dimensions;
  constexpr uint8_t kUnsignedByte = 8;
  if (bytes && (bytes->size() < header || (*bytes)[0] != 0 || (*bytes)[1] != 0 ||
                (*bytes)[2] != kUnsignedByte || (*bytes)[3] != dimensions)) {
    local.Error({}, std::string("holds no ") + what + " in the IDX format", kGetData);
  } else if (bytes) {
    idx.emplace();
    uint64_t elements = 1;
    bool fits = true;
    for (size_t i = 0; i < dimensions; ++i) {
      const uint8_t* b = bytes->data() + 4 + 4 * i;
      const uint32_t size =
          uint32_t{b[0]} << 24 | uint32_t{b[1]} << 16 | uint32_t{b[2]} << 8 | b[3];
      fits = fits && !__builtin_mul_overflow(elements, size, &elements);
      idx->sizes.push_back(size);
    }
    if (!fits || elements != bytes->size() - header) {
      local.Error({}, "has not the size that its header says", kGetData);
      idx.reset();
    } else {
      idx->data.assign(bytes->begin() + static_cast<std::ptrdiff_t>(header), bytes->end());
    }
  }
  diagnostics.Append(local);
  return idx;
}

template <class T>
HostTensor Tensor(cortico::DType dtype, std::vector<int64_t> sizes, const std::vector<T>& values) {
  HostTensor tensor;
  tensor.type.dtype = dtype;
  tensor.type.sizes = std::move(sizes);
  const auto* first = reinterpret_cast<const uint8_t*>(values.data());
  tensor.data.assign(first, first + values.size() * sizeof(T));
  return tensor;
}

struct Options {
  std::string images;
  std::string labels;
  std::string output;
  int64_t offset = 0;
  int64_t count = -1;
};

bool Convert(const Options& options, Diagnostics& diagnostics) {
  const auto images = ReadIdx(options.images, 3, "images", diagnostics);
  std::optional<Idx> labels;
  if (!options.labels.empty()) labels = ReadIdx(options.labels, 1, "labels", diagnostics);
  if (!diagnostics.ok()) return false;
  const int64_t total = images->sizes[0];
  if (labels && labels->sizes[0] != total) {
    diagnostics.Error({},
                      "there are " + std::to_string(total) + " images and " +
                          std::to_string(labels->sizes[0]) + " labels",
                      "give two files of the same part of the data set");
    return false;
  }
  const int64_t count = options.count < 0 ? total - options.offset : options.count;
  if (options.offset >= total || count < 1 || count > total - options.offset) {
    diagnostics.Error({}, "there are only " + std::to_string(total) + " images",
                      "choose --offset and --count within them");
    return false;
  }
  const int64_t pixels = images->sizes[1] * images->sizes[2];
  std::vector<float> x;
  x.reserve(static_cast<size_t>(count * pixels));
  const auto begin = images->data.begin() + options.offset * pixels;
  std::transform(begin, begin + count * pixels, std::back_inserter(x),
                 [](uint8_t pixel) { return static_cast<float>(pixel) / 255.0F; });
  cortico::NamedTensors arrays;
  arrays.emplace_back(
      "x", Tensor(cortico::DType::kFloat32, {count, 1, images->sizes[1], images->sizes[2]}, x));
  if (labels) {
    const auto first = labels->data.begin() + options.offset;
    arrays.emplace_back(
        "y", Tensor(cortico::DType::kInt64, {count}, std::vector<int64_t>(first, first + count)));
  }
  const auto bytes = cortico::SerializeNpz(arrays, /*deflate=*/true, diagnostics);
  return bytes && cortico::WriteFileAtomically(options.output, *bytes, diagnostics);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Turns MNIST-like images and labels (IDX, packed or not) into an .npz file.");
  Options options;
  app.add_option("--images", options.images, "file of images, ...-images-idx3-ubyte.gz")
      ->required();
  app.add_option("--labels", options.labels, "file of labels, ...-labels-idx1-ubyte.gz");
  app.add_option("--offset", options.offset, "number of the first image")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--count", options.count, "how many images (default: all)")
      ->check(CLI::PositiveNumber);
  app.add_option("-o,--output", options.output, "the .npz to write; - is standard output")
      ->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  Diagnostics diagnostics;
  const bool done = Convert(options, diagnostics);
  for (const cortico::Diagnostic& diagnostic : diagnostics.all()) {
    std::cerr << "idx_to_npz: " << diagnostic.ToString() << '\n';
  }
  return done ? 0 : 1;
}
