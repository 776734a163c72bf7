#include "compiler/emit/cpp_model/embed.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <set>
#include <type_traits>

#include "compiler/emit/cpp_model/op_source.h"
#include "compiler/emit/pte/read_pte.h"

namespace cortico {
namespace {

constexpr int64_t kMostPlanned = int64_t{256} << 20;

// A string literal: a compiler reads one token where an array of numbers would be millions. Octal
// escapes of three digits end by themselves, which hexadecimal ones do not.
std::string Literal(const uint8_t* bytes, size_t size) {
  constexpr size_t kPerLine = 32;
  std::string text;
  text.reserve(size * 4 + size / kPerLine * 8);
  for (size_t i = 0; i < size; ++i) {
    if (i % kPerLine == 0) text += i == 0 ? "    \"" : "\"\n    \"";
    const uint8_t c = bytes[i];
    if (std::isalnum(c) != 0 || c == ' ') {
      text += static_cast<char>(c);
    } else {
      text += fmt::format("\\{:03o}", c);
    }
  }
  return text + (size == 0 ? "    \"\"" : "\"");
}

std::string DTypeName(DType dtype) {
  switch (dtype) {
#define CORTICO_DTYPE_TEXT(name, number, bytes, text) \
  case DType::name:                                   \
    return #name;
    CORTICO_DTYPES(CORTICO_DTYPE_TEXT)
#undef CORTICO_DTYPE_TEXT
  }
  return "kUInt8";
}

// The C++ type of an array's elements; empty for one that C++17 does not have.
std::string ElementName(DType dtype) {
  switch (dtype) {
    case DType::kUInt8:
      return "uint8_t";
    case DType::kInt8:
      return "int8_t";
    case DType::kInt16:
      return "int16_t";
    case DType::kInt32:
      return "int32_t";
    case DType::kInt64:
      return "int64_t";
    case DType::kFloat32:
      return "float";
    case DType::kFloat64:
      return "double";
    case DType::kUInt16:
      return "uint16_t";
    case DType::kUInt32:
      return "uint32_t";
    case DType::kUInt64:
      return "uint64_t";
    default:
      return "";
  }
}

template <class T>
std::string NumberText(const HostTensor& tensor, size_t i) {
  const T value = tensor.As<T>()[i];
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(value)) {
      return std::isnan(value) ? "__builtin_nan(\"\")"
             : value > 0       ? "__builtin_inf()"
                               : "-__builtin_inf()";
    }
    return fmt::format("{:a}{}", value, sizeof(T) == 4 ? "f" : "");
  } else {
    if constexpr (std::is_same_v<T, int64_t>) {
      // The least one has no literal.
      if (value == std::numeric_limits<int64_t>::min()) return "INT64_MIN";
    }
    return fmt::format("{}{}", value, sizeof(T) < 8 ? "" : std::is_signed_v<T> ? "ll" : "ull");
  }
}

std::string ElementText(const HostTensor& tensor, size_t i) {
  switch (tensor.type.dtype) {
    case DType::kUInt8:
      return NumberText<uint8_t>(tensor, i);
    case DType::kInt8:
      return NumberText<int8_t>(tensor, i);
    case DType::kInt16:
      return NumberText<int16_t>(tensor, i);
    case DType::kInt32:
      return NumberText<int32_t>(tensor, i);
    case DType::kInt64:
      return NumberText<int64_t>(tensor, i);
    case DType::kFloat32:
      return NumberText<float>(tensor, i);
    case DType::kFloat64:
      return NumberText<double>(tensor, i);
    case DType::kUInt16:
      return NumberText<uint16_t>(tensor, i);
    case DType::kUInt32:
      return NumberText<uint32_t>(tensor, i);
    default:
      return NumberText<uint64_t>(tensor, i);
  }
}

std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= ' ') out += c;
  }
  return out + "\"";
}

// Every op that the program calls, once, in the order of the calls.
bool OpsOf(const PteFile& file, std::vector<const OpSource*>& ops, Diagnostics& diagnostics) {
  std::set<std::string> unknown;
  for (const PteCall& call : file.calls) {
    const OpSource* op = FindOpSource(call.op, call.overload);
    if (op == nullptr) {
      unknown.insert(call.op + "." + call.overload);
    } else if (std::find(ops.begin(), ops.end(), op) == ops.end()) {
      ops.push_back(op);
    }
  }
  for (const std::string& name : unknown) {
    diagnostics.Error({}, "this version does not know the operator " + name,
                      "compile the program with the version that is installed");
  }
  return unknown.empty();
}

struct Bank {
  std::string name;  ///< an identifier; empty: plain .bss
  int64_t planned = 0;
};

std::vector<Bank> BanksOf(const PteFile& file) {
  std::vector<Bank> banks;
  for (int64_t bytes : file.bank_bytes) banks.push_back({"", bytes});
  if (banks.empty()) banks.emplace_back();
  for (size_t i = 0; file.report && i < std::min(banks.size(), file.report->banks.size()); ++i) {
    const PteReport::Bank& bank = file.report->banks[i];
    // "ram" without a limit stands for whatever memory there is.
    if (bank.limit || bank.name != "ram") banks[i].name = IdentifierOf(bank.name);
  }
  return banks;
}

std::string Ends(const PteFile& file, const std::vector<int>& numbers,
                 const std::vector<std::string>& names, const char* constant) {
  std::string text;
  for (size_t i = 0; i < numbers.size(); ++i) {
    const PteValue::Tensor& tensor = file.values[static_cast<size_t>(numbers[i])].tensor;
    const TensorType& type = tensor.type;
    const bool quantized = type.quantization && type.quantization->per_tensor();
    text += fmt::format(
        "    {{{}, cortico::DType::{}, {}, {}, {{{}}}, {}, {}, {}}},\n",
        Quoted(i < names.size() ? names[i] : ""), DTypeName(type.dtype), tensor.bytes, type.rank(),
        fmt::join(type.sizes, ", "), type.channels_last(),
        quantized ? fmt::format("{:#.9g}f", static_cast<float>(type.quantization->scale())) : "0",
        quantized ? type.quantization->zero_point() : 0);
  }
  if (numbers.empty()) return "";
  return fmt::format("inline constexpr Tensor {}[] = {{\n{}}};\n", constant, text);
}

std::string SourceOfModel(const PteFile& file, const std::string& name,
                          const std::vector<const OpSource*>& ops, const std::vector<Bank>& banks) {
  std::string includes, sum;
  std::set<std::string> folders;
  for (const OpSource* op : ops) folders.insert(op->folder);
  for (const std::string& folder : folders) {
    includes += fmt::format("#include \"ops/{}/op.h\"\n", folder);
  }
  for (const OpSource* op : ops) {
    const auto calls = std::count_if(file.calls.begin(), file.calls.end(), [op](const auto& call) {
      return FindOpSource(call.op, call.overload) == op;
    });
    sum += fmt::format("\n                  + {} * (sizeof(void*) + sizeof(cortico::ops::{}<D>))",
                       calls, op->type);
  }
  std::string text = fmt::format(
      "// Generated by cortico-embed.\n"
      "#include \"{0}.h\"\n\n"
      "#include \"kernels/common/variants.h\"\n{1}"
      "#include \"runtime/core/fields.h\"\n\n"
      "namespace {0} {{\nnamespace {{\n\n",
      name, includes);
  if (file.isa) {
    static constexpr const char* kFamilies[] = {"kScalar", "kDsp", "kMve"};
    text += fmt::format(
        "#if defined(__arm__)\n"
        "static_assert(cortico::kernels::kIsa == cortico::kernels::Isa::{},\n"
        "              \"the program was compiled for {} cores: cortico compile --target \"\n"
        "              \"names the core that this is built for\");\n"
        "#endif\n\n",
        kFamilies[static_cast<size_t>(*file.isa)], ToString(*file.isa));
  }
  text += fmt::format(
      "using D = cortico::Device;\n"
      "static_assert(kRecordBytes == 0{},\n"
      "              \"the runtime is not of the version that generated this file\");\n\n"
      "alignas(16) constexpr unsigned char kPte[kPteBytes + 1] =\n{};\n\n",
      sum, Literal(file.file.data(), file.file.size()));
  std::string spans;
  for (size_t i = 0; i < banks.size(); ++i) {
    if (banks[i].planned == 0 && i != 0) {
      spans += "{}, ";
      continue;
    }
    const std::string section =
        banks[i].name.empty()
            ? ""
            : fmt::format(" __attribute__((section(\".bss.bank.{}\")))", banks[i].name);
    // An array of no elements is none: a model without ops still gets a byte.
    text += fmt::format(
        "alignas(16) uint8_t bank_{0}[kBankBytes[{0}] + (kBankBytes[{0}] == 0)]{1};\n", i, section);
    spans += fmt::format("{{bank_{0}, kBankBytes[{0}]}}, ", i);
  }
  text += fmt::format(
      "\n}}  // namespace\n\n"
      "cortico::Span<const uint8_t> Pte() {{ return {{kPte, kPteBytes}}; }}\n\n"
      "cortico::Arena StaticArena() {{\n"
      "  const cortico::Span<uint8_t> banks[] = {{{0}}};\n"
      "  return cortico::Arena(cortico::Span<const cortico::Span<uint8_t>>(banks));\n"
      "}}\n\n"
      "}}  // namespace {1}\n",
      spans.substr(0, spans.size() - 2), name);
  return text;
}

std::string HeaderOfModel(const PteFile& file, const std::string& name,
                          const std::vector<Bank>& banks) {
  uint64_t records_32 = 0, records_64 = 0;
  for (const PteCall& call : file.calls) {
    const OpSource* op = FindOpSource(call.op, call.overload);
    records_32 += op->record_bytes_32;
    records_64 += op->record_bytes_64;
  }
  std::string sizes, all;
  for (size_t i = 0; i < banks.size(); ++i) {
    const int64_t planned = i == 0 ? (banks[i].planned + 15) / 16 * 16 : banks[i].planned;
    sizes += fmt::format("    {}{},{}\n", planned, i == 0 ? " + kRecordBytes" : "",
                         banks[i].name.empty() ? "" : "  // " + banks[i].name);
    all += fmt::format("{}kBankBytes[{}]", i == 0 ? "" : " + ", i);
  }
  const std::string cpu = file.cpu.empty() ? (file.isa ? ToString(*file.isa) : "") : file.cpu;
  return fmt::format(
      "// Generated by cortico-embed{0}.\n"
      "#pragma once\n\n"
      "#include <cstddef>\n#include <cstdint>\n\n"
      "#include \"runtime/core/arena.h\"\n#include \"runtime/core/dtype.h\"\n"
      "#include \"runtime/core/span.h\"\n\n"
      "namespace {1} {{\n\n"
      "/// The program file, for cortico::Program::Open.\n"
      "inline constexpr size_t kPteBytes = {2};\n"
      "cortico::Span<const uint8_t> Pte();\n\n"
      "/// Memory that Model::Load needs: per bank what is planned, in the first the ops' records "
      "too.\n"
      "inline constexpr size_t kRecordBytes = sizeof(void*) == 4 ? {3} : {4};\n"
      "inline constexpr size_t kBankBytes[] = {{\n{5}}};\n"
      "inline constexpr size_t kArenaBytes = {6};\n\n"
      "/// Memory of these sizes; a bank with a name is in the section .bss.bank.<name>. It is "
      "linked\n"
      "/// only when this is called.\n"
      "cortico::Arena StaticArena();\n\n"
      "struct Tensor {{\n"
      "  const char* name;\n"
      "  cortico::DType dtype;\n"
      "  size_t bytes;\n"
      "  int rank;\n"
      "  int32_t sizes[8];    ///< logical: N C H W\n"
      "  bool channels_last;  ///< in memory N H W C\n"
      "  float scale;         ///< real = (q - zero_point) * scale; 0: not quantized\n"
      "  int32_t zero_point;\n"
      "}};\n{7}{8}\n"
      "}}  // namespace {1}\n",
      cpu.empty() ? "" : " from a program for " + cpu, name, file.file.size(), records_32,
      records_64, sizes, all, Ends(file, file.inputs, file.input_names, "kInputs"),
      Ends(file, file.outputs, file.output_names, "kOutputs"));
}

std::optional<PteFile> Read(const EmbeddedProgram& program, std::vector<const OpSource*>& ops,
                            Diagnostics& diagnostics) {
  Diagnostics own(program.path);
  std::optional<PteFile> file = ReadPte(program.bytes, own);
  int64_t planned = 0;
  if (file) {
    OpsOf(*file, ops, own);
    for (int64_t bytes : file->bank_bytes) planned = std::max(planned, bytes);
    if (planned > kMostPlanned) own.Error({}, "its plan needs more memory than any board has");
  }
  diagnostics.Append(own);
  if (!own.ok()) return std::nullopt;
  return file;
}

}  // namespace

std::string IdentifierOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  std::string stem = slash == std::string::npos ? path : path.substr(slash + 1);
  stem = stem.substr(0, stem.rfind('.'));
  for (char& c : stem) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  if (stem.empty() || std::isdigit(static_cast<unsigned char>(stem[0])) != 0) stem = "m_" + stem;
  return stem;
}

std::optional<EmbeddedSource> EmbedModel(const EmbeddedProgram& program, const std::string& name,
                                         Diagnostics& diagnostics) {
  std::vector<const OpSource*> ops;
  const std::optional<PteFile> file = Read(program, ops, diagnostics);
  if (!file) return std::nullopt;
  const std::vector<Bank> banks = BanksOf(*file);
  return EmbeddedSource{HeaderOfModel(*file, name, banks), SourceOfModel(*file, name, ops, banks)};
}

std::optional<std::string> EmbedOpTable(const std::vector<EmbeddedProgram>& programs,
                                        Diagnostics& diagnostics) {
  std::vector<const OpSource*> ops;
  bool good = true;
  for (const EmbeddedProgram& program : programs) {
    good = Read(program, ops, diagnostics).has_value() && good;
  }
  if (!good) return std::nullopt;
  std::set<std::string> folders;
  std::string includes, rows;
  for (const OpSource* op : ops) {
    folders.insert(op->folder);
    rows += fmt::format("    RowOf<ops::{}>(),\n", op->type);
  }
  for (const std::string& folder : folders) {
    includes += fmt::format("#include \"ops/{}/op.h\"\n", folder);
  }
  const std::string body = rows.empty() ? "Span<const OpRow> LinkedOps() { return {}; }\n"
                                        : "namespace {\n\nconstexpr OpRow kRows[] = {\n" + rows +
                                              "};\n\n}  // namespace\n\n"
                                              "Span<const OpRow> LinkedOps() { return kRows; }\n";
  return "// Generated by cortico-embed: the ops of this firmware's models, and no others.\n" +
         includes + "#include \"runtime/model/op_row.h\"\n\nnamespace cortico {\n\n" + body +
         "\n}  // namespace cortico\n";
}

std::optional<EmbeddedSource> EmbedArrays(const NamedTensors& arrays, const std::string& name,
                                          Diagnostics& diagnostics) {
  EmbeddedSource out;
  std::string header, source;
  for (const auto& [given, tensor] : arrays) {
    const std::string id = given.empty() ? "data" : IdentifierOf(given + ".");
    const std::string element = ElementName(tensor.type.dtype);
    if (element.empty()) {
      diagnostics.Error(
          {}, fmt::format("array '{}' has elements of type {}", given, Name(tensor.type.dtype)),
          "C++ has no such type: convert the array");
      return std::nullopt;
    }
    const int64_t count = tensor.type.numel();
    const int64_t rows = tensor.type.rank() == 0 ? 1 : tensor.type.sizes[0];
    if (count == 0) {
      diagnostics.Error({}, fmt::format("array '{}' is empty", given));
      return std::nullopt;
    }
    const std::string array = fmt::format("const {} {}[{}][{}]", element, id, rows, count / rows);
    header += fmt::format("/// {}[{}]\nextern {};\n", Name(tensor.type.dtype),
                          fmt::join(tensor.type.sizes, ", "), array);
    source += "alignas(16) extern " + array + " = {";
    for (int64_t i = 0; i < count; ++i) {
      if (i % (count / rows) == 0) source += i == 0 ? "{" : "},\n{";
      source += ElementText(tensor, static_cast<size_t>(i)) + (i % 8 == 7 ? ",\n" : ",");
    }
    source += "}};\n\n";
  }
  out.header = fmt::format(
      "// Generated by cortico-embed.\n#pragma once\n\n#include <cstdint>\n\n"
      "namespace {0} {{\n\n{1}\n}}  // namespace {0}\n",
      name, header);
  out.source = fmt::format(
      "// Generated by cortico-embed.\n#include \"{0}.h\"\n\n"
      "namespace {0} {{\n\n{1}}}  // namespace {0}\n",
      name, source);
  return out;
}

}  // namespace cortico
