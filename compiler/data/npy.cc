#include "compiler/data/npy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <string_view>

#include "compiler/data/zip.h"

namespace cortico {
namespace {

static_assert(std::endian::native == std::endian::little, "the data formats are little-endian");

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr size_t kMaxRank = 64;  // NumPy's own limit

struct Descr {
  std::string_view text;
  DType dtype;
};
constexpr std::array<Descr, 12> kDescrs = {{{"b1", DType::kBool},
                                            {"i1", DType::kInt8},
                                            {"u1", DType::kUInt8},
                                            {"i2", DType::kInt16},
                                            {"u2", DType::kUInt16},
                                            {"i4", DType::kInt32},
                                            {"u4", DType::kUInt32},
                                            {"i8", DType::kInt64},
                                            {"u8", DType::kUInt64},
                                            {"f2", DType::kFloat16},
                                            {"f4", DType::kFloat32},
                                            {"f8", DType::kFloat64}}};

struct Header {
  std::string descr;
  bool fortran_order = false;
  std::vector<int64_t> shape;
};

/// Reads the one Python literal that a header may hold: a dict of a string, a bool and a tuple of
/// ints. Every step either consumes what it names or sets `failed`.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  std::optional<Header> Parse() {
    Header header;
    bool descr = false, order = false, shape = false;
    Expect('{');
    while (!failed_ && !Accept('}')) {
      const std::string key = String();
      Expect(':');
      if (key == "descr" && !descr) {
        descr = true;
        header.descr = Peek() == '[' ? "a structure" : String();
        if (header.descr == "a structure") return header;
      } else if (key == "fortran_order" && !order) {
        order = true;
        header.fortran_order = Bool();
      } else if (key == "shape" && !shape) {
        shape = true;
        header.shape = Tuple();
      } else {
        failed_ = true;
      }
      if (!Accept(',') && Peek() != '}') failed_ = true;
    }
    if (Peek() != '\0' || failed_ || !descr || !order || !shape) return std::nullopt;
    return header;
  }

 private:
  char Peek() {
    while (!text_.empty() && std::string_view(" \t\n").find(text_[0]) != text_.npos) {
      text_.remove_prefix(1);
    }
    return text_.empty() ? '\0' : text_[0];
  }
  bool Accept(char c) {
    if (c == '\0' || Peek() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void Expect(char c) {
    if (!Accept(c)) failed_ = true;
  }
  bool AcceptWord(std::string_view word) {
    Peek();
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  std::string String() {
    const char quote = Peek();
    const size_t end = quote == '\'' || quote == '"' ? text_.find(quote, 1) : text_.npos;
    if (end == text_.npos) {
      failed_ = true;
      return "";
    }
    std::string result(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return result;
  }
  bool Bool() {
    if (AcceptWord("True")) return true;
    if (!AcceptWord("False")) failed_ = true;
    return false;
  }
  std::vector<int64_t> Tuple() {
    std::vector<int64_t> sizes;
    Expect('(');
    while (!failed_ && !Accept(')')) {
      sizes.push_back(Size());
      AcceptWord("L");  // Python 2 wrote long integers so
      if (!Accept(',') && Peek() != ')') failed_ = true;
    }
    return sizes;
  }
  int64_t Size() {
    int64_t value = 0;
    bool any = false;
    for (char c = Peek(); c >= '0' && c <= '9'; c = text_.empty() ? '\0' : text_[0]) {
      any = true;
      if (value > (std::numeric_limits<int64_t>::max() - 9) / 10) failed_ = true;
      if (failed_) return 0;
      value = value * 10 + (c - '0');
      text_.remove_prefix(1);
    }
    if (!any) failed_ = true;
    return value;
  }

  std::string_view text_;
  bool failed_ = false;
};

std::optional<DType> ParseDescr(const std::string& descr, std::string* problem) {
  if (descr.size() != 3) {
    *problem = "has elements of type '" + descr + "', which is no plain number";
    return std::nullopt;
  }
  const auto row = std::find_if(kDescrs.begin(), kDescrs.end(), [&](const Descr& candidate) {
    return candidate.text == std::string_view(descr).substr(1);
  });
  if (row == kDescrs.end()) {
    *problem = "has elements of type '" + descr + "', which is no known number";
  } else if (descr[0] == '>' && SizeOf(row->dtype) > 1) {
    *problem = "is big-endian ('" + descr + "')";
  } else if (std::string_view("<=|>").find(descr[0]) == std::string_view::npos) {
    *problem = "has elements of type '" + descr + "', which is no known number";
  } else {
    return row->dtype;
  }
  return std::nullopt;
}

/// Product of `sizes` times `bytes`, or nothing when it exceeds what a file can hold.
std::optional<uint64_t> ByteCount(const std::vector<int64_t>& sizes, uint64_t bytes) {
  // A size of 0 makes the product 0, yet the others must not overflow on the way to it.
  bool empty = false;
  uint64_t product = bytes;
  for (const int64_t size : sizes) {
    if (size == 0) empty = true;
    const uint64_t factor = std::max<uint64_t>(1, static_cast<uint64_t>(size));
    if (__builtin_mul_overflow(product, factor, &product) || product > kMaxFileSize) {
      return std::nullopt;
    }
  }
  return empty ? 0 : product;
}

/// From the first axis innermost to the last axis innermost.
Bytes ToRowMajor(std::span<const uint8_t> in, const std::vector<int64_t>& sizes, size_t element) {
  Bytes out(in.size());
  std::vector<size_t> strides(sizes.size());
  size_t stride = element;
  for (size_t i = 0; i < sizes.size(); ++i) {
    strides[i] = stride;
    stride *= static_cast<size_t>(sizes[i]);
  }
  std::vector<int64_t> index(sizes.size(), 0);
  size_t from = 0;
  for (size_t to = 0; to < out.size(); to += element) {
    std::memcpy(out.data() + to, in.data() + from, element);
    for (size_t d = sizes.size(); d-- > 0;) {
      from += strides[d];
      if (++index[d] < sizes[d]) break;
      from -= strides[d] * static_cast<size_t>(sizes[d]);
      index[d] = 0;
    }
  }
  return out;
}

uint32_t ReadLittle(std::span<const uint8_t> bytes) {
  uint32_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

}  // namespace

std::optional<HostTensor> ParseNpy(std::span<const uint8_t> bytes, const std::string& what,
                                   Diagnostics& diagnostics) {
  const auto fail = [&](const std::string& problem, const char* remedy) {
    diagnostics.Error({}, what + " " + problem, remedy);
    return std::nullopt;
  };
  constexpr const char* kSaveAgain = "write it again with numpy.save";
  if (bytes.size() < 10 || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) {
    return fail("is not in the .npy format", kSaveAgain);
  }
  const int version = bytes[6];
  if (version < 1 || version > 3) {
    return fail("is of .npy version " + std::to_string(version) + "; 1 to 3 are read", kSaveAgain);
  }
  const size_t field = version == 1 ? 2 : 4;
  if (bytes.size() < 8 + field) return fail("ends in its header", kSaveAgain);
  const uint64_t header_size = ReadLittle(bytes.subspan(8, field));
  if (header_size > bytes.size() - 8 - field) return fail("ends in its header", kSaveAgain);
  const auto* text = reinterpret_cast<const char*>(bytes.data()) + 8 + field;
  const std::span<const uint8_t> data = bytes.subspan(8 + field + header_size);

  const auto header = HeaderParser({text, header_size}).Parse();
  if (!header) return fail("has a header that is no .npy header", kSaveAgain);
  std::string problem;
  const auto dtype = ParseDescr(header->descr, &problem);
  if (!dtype) {
    return fail(problem, "convert it first, for example with .astype('<f4')");
  }
  if (header->shape.size() > kMaxRank) return fail("has too many axes", kSaveAgain);
  const auto size = ByteCount(header->shape, SizeOf(*dtype));
  if (!size || *size != data.size()) {
    return fail("holds " + std::to_string(data.size()) + " bytes of data where its header needs " +
                    (size ? std::to_string(*size) : "more than any file has"),
                "the file is cut short or damaged: write it again");
  }
  HostTensor tensor;
  tensor.type.dtype = *dtype;
  tensor.type.sizes = header->shape;
  if (header->fortran_order && header->shape.size() > 1) {
    tensor.data = ToRowMajor(data, header->shape, SizeOf(*dtype));
  } else {
    tensor.data.assign(data.begin(), data.end());
  }
  if (*dtype == DType::kBool) {
    for (uint8_t& byte : tensor.data) byte = byte != 0;
  }
  return tensor;
}

Bytes SerializeNpy(const HostTensor& tensor) {
  const bool widen = tensor.type.dtype == DType::kBFloat16;
  const DType dtype = widen ? DType::kFloat32 : tensor.type.dtype;
  const auto row = std::find_if(kDescrs.begin(), kDescrs.end(),
                                [&](const Descr& candidate) { return candidate.dtype == dtype; });
  CORTICO_CHECK(row != kDescrs.end());
  std::string header = std::string("{'descr': '") + (SizeOf(dtype) == 1 ? "|" : "<");
  header += std::string(row->text) + "', 'fortran_order': False, 'shape': (";
  for (size_t i = 0; i < tensor.type.sizes.size(); ++i) {
    header += (i == 0 ? "" : ", ") + std::to_string(tensor.type.sizes[i]);
  }
  header += tensor.type.sizes.size() == 1 ? ",), }" : "), }";
  // NumPy leaves room for a first axis that grows and ends the header on a multiple of 64.
  if (!tensor.type.sizes.empty()) {
    header.append(21 - std::to_string(tensor.type.sizes[0]).size(), ' ');
  }
  constexpr size_t kAlignment = 64;
  const size_t before = kMagic.size() + 4;
  const size_t unpadded = before + header.size() + 1;
  header.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  header += '\n';

  Bytes bytes(kMagic.begin(), kMagic.end());
  bytes.push_back(1);
  bytes.push_back(0);
  bytes.push_back(static_cast<uint8_t>(header.size() & 0xff));
  bytes.push_back(static_cast<uint8_t>(header.size() >> 8));
  bytes.insert(bytes.end(), header.begin(), header.end());
  if (widen) {
    // bfloat16 is the upper half of a float32.
    for (size_t i = 0; i + 1 < tensor.data.size(); i += 2) {
      bytes.insert(bytes.end(), {0, 0, tensor.data[i], tensor.data[i + 1]});
    }
  } else {
    bytes.insert(bytes.end(), tensor.data.begin(), tensor.data.end());
  }
  return bytes;
}

std::optional<NamedTensors> ParseNpz(std::span<const uint8_t> bytes, Diagnostics& diagnostics) {
  constexpr const char* kSaveAgain = "write it again with numpy.savez";
  std::string error;
  ZipLimits limits;
  limits.max_total_size = kMaxFileSize;
  const auto zip = ZipReader::Open(bytes, limits, &error);
  if (!zip) {
    diagnostics.Error({}, error, kSaveAgain);
    return std::nullopt;
  }
  NamedTensors tensors;
  bool ok = true;
  for (const ZipEntry& entry : zip->entries()) {
    std::string name = entry.name;
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    const auto content = zip->Read(entry.name, &error);
    if (!content) diagnostics.Error({}, error, kSaveAgain);
    auto tensor = content ? ParseNpy(*content, "array '" + name + "'", diagnostics) : std::nullopt;
    ok = ok && tensor;
    if (tensor) tensors.emplace_back(std::move(name), std::move(*tensor));
  }
  if (!ok) return std::nullopt;
  return tensors;
}

std::optional<Bytes> SerializeNpz(const NamedTensors& tensors, bool deflate,
                                  Diagnostics& diagnostics) {
  std::vector<std::pair<std::string, Bytes>> files;
  for (const auto& [name, tensor] : tensors) {
    files.emplace_back(name + ".npy", SerializeNpy(tensor));
  }
  std::string error;
  auto bytes = WriteZip(files, deflate, &error);
  if (!bytes) diagnostics.Error({}, "the archive could not be made: " + error);
  return bytes;
}

std::optional<NamedTensors> ReadArrays(const std::string& path, Diagnostics& diagnostics) {
  const auto bytes = ReadFile(path, kMaxFileSize, diagnostics);
  if (!bytes) return std::nullopt;
  Diagnostics local(path == "-" ? "standard input" : path);
  std::optional<NamedTensors> result;
  if (bytes->size() >= 2 && (*bytes)[0] == 'P' && (*bytes)[1] == 'K') {
    result = ParseNpz(*bytes, local);
  } else if (bytes->size() >= kMagic.size() &&
             std::memcmp(bytes->data(), kMagic.data(), kMagic.size()) == 0) {
    if (auto tensor = ParseNpy(*bytes, "the array", local)) {
      result.emplace().emplace_back("", std::move(*tensor));
    }
  } else {
    local.Error({}, "is neither a .npy nor a .npz file",
                "write the data with numpy.save or numpy.savez");
  }
  diagnostics.Append(local);
  return result;
}

bool WriteNpy(const std::string& path, const HostTensor& tensor, Diagnostics& diagnostics) {
  return WriteFileAtomically(path, SerializeNpy(tensor), diagnostics);
}

bool WriteNpz(const std::string& path, const NamedTensors& tensors, Diagnostics& diagnostics) {
  const auto bytes = SerializeNpz(tensors, /*deflate=*/false, diagnostics);
  return bytes && WriteFileAtomically(path, *bytes, diagnostics);
}

}  // namespace cortico
