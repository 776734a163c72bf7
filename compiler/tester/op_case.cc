#include "compiler/tester/op_case.h"

#include <cmath>
#include <cstdio>
#include <random>

namespace cortico {

namespace ops {
#define CORTICO_CASES(folder) void folder##_cases(std::vector<OpCase>& cases);
#include "op_cases.inc"
#undef CORTICO_CASES
}  // namespace ops

std::string ListText(const Ints64& list) {
  std::string text = "[";
  for (size_t i = 0; i < list.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(list[i]);
  return text + "]";
}

std::string SizesText(const Ints64& sizes) {
  std::string text = "[";
  for (size_t i = 0; i < sizes.size(); ++i) text += (i > 0 ? "," : "") + std::to_string(sizes[i]);
  return text + "]";
}

std::string FloatType(const Ints64& sizes, const std::string& type) { return type + SizesText(sizes); }

// The upper bits of a linear congruence are random enough for weights.
double GraphText::Next() {
  state_ = state_ * 1664525u + 1013904223u;
  return static_cast<double>(state_ >> 8) / 8388608.0 - 1.0;
}

GraphText& GraphText::Input(const std::string& name, const Ints64& sizes,
                            const std::string& type) {
  lines_ += "  input %" + name + " : " + FloatType(sizes, type) + "\n";
  return *this;
}

GraphText& GraphText::Constant(const std::string& name, const Ints64& sizes, double magnitude) {
  int64_t count = 1;
  for (int64_t size : sizes) count *= size;
  lines_ += "  const %" + name + " : " + FloatType(sizes) + " = [";
  for (int64_t i = 0; i < count; ++i) {
    char number[32];
    std::snprintf(number, sizeof(number), "%.6f", Next() * magnitude);
    lines_ += (i > 0 ? ", " : "") + std::string(number);
  }
  lines_ += "]\n";
  return *this;
}

GraphText& GraphText::Node(const std::string& name, const Ints64& sizes, const std::string& call,
                           const std::string& type) {
  lines_ += "  %" + name + " : " + FloatType(sizes, type) + " = " + call + "\n";
  return *this;
}

GraphText& GraphText::Integers(const std::string& name, const std::string& dtype,
                               const Ints64& sizes, int low, int high) {
  int64_t count = 1;
  for (int64_t size : sizes) count *= size;
  lines_ += "  const %" + name + " : " + dtype + SizesText(sizes) + " = [";
  for (int64_t i = 0; i < count; ++i) {
    const double middle = (static_cast<double>(low) + high) / 2, half = (static_cast<double>(high) - low) / 2;
    lines_ += (i > 0 ? ", " : "") + std::to_string(std::lround(middle + half * Next()));
  }
  lines_ += "]\n";
  return *this;
}

GraphText& GraphText::Scratch(const std::string& name, int64_t bytes) {
  lines_ += "  scratch %" + name + " : u8[" + std::to_string(bytes) + "]\n";
  return *this;
}

GraphText& GraphText::Typed(const std::string& name, const std::string& type,
                            const std::string& call) {
  lines_ += "  %" + name + " : " + type + " = " + call + "\n";
  return *this;
}

std::string GraphText::Done(const std::vector<std::string>& outputs) const {
  std::string text = "graph forward {\n" + lines_;
  for (const std::string& output : outputs) text += "  output %" + output + " \"" + output + "\"\n";
  return text + "}\n";
}

namespace {

// `value`, or the whole number below it; a mask is true where that is odd.
void SetElement(HostTensor* tensor, int64_t i, double value) {
  const auto whole = static_cast<int64_t>(std::floor(value));
  switch (tensor->type.dtype) {
    case DType::kFloat32: tensor->As<float>()[i] = static_cast<float>(value); break;
    case DType::kInt64: tensor->As<int64_t>()[i] = whole; break;
    case DType::kInt32: tensor->As<int32_t>()[i] = static_cast<int32_t>(whole); break;
    case DType::kUInt8: tensor->As<uint8_t>()[i] = static_cast<uint8_t>(whole); break;
    default: tensor->As<uint8_t>()[i] = static_cast<uint8_t>(whole & 1); break;
  }
}

}  // namespace

std::vector<OpCase> AllOpCases() {
  std::vector<OpCase> cases;
#define CORTICO_CASES(folder)                                                          \
  {                                                                                    \
    const size_t first = cases.size();                                                 \
    ops::folder##_cases(cases);                                                        \
    for (size_t i = first; i < cases.size(); ++i)                                      \
      cases[i].name = std::string(#folder) + "/" + std::to_string(i - first) + " " + cases[i].name; \
  }
#include "op_cases.inc"
#undef CORTICO_CASES
  return cases;
}

std::vector<Sample> RandomInputs(const Graph& graph, double low, double high, size_t count,
                                 uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Sample> samples(count);
  for (Sample& sample : samples) {
    for (const Value* input : graph.inputs) {
      HostTensor tensor{{input->type.dtype, input->type.sizes, {}, {}},
                        Bytes(static_cast<size_t>(input->type.nbytes()))};
      for (int64_t i = 0; i < input->type.numel(); ++i)
        // Own arithmetic: the standard's distributions differ between libraries.
        SetElement(&tensor, i, low + (high - low) * (static_cast<double>(random()) / 4294967295.0));
      sample.push_back(std::move(tensor));
    }
  }
  return samples;
}

std::string MergedText(const std::vector<OpCase>& cases, size_t first, size_t last) {
  // Inputs first, then the rest, then the outputs; every name gets its case's number.
  std::string inputs, body, outputs;
  for (size_t i = first; i < last; ++i) {
    const std::string prefix = "c" + std::to_string(i) + "_";
    const std::string& text = cases[i].graph;
    size_t at = text.find('\n') + 1;
    while (at < text.size() && text[at] != '}') {
      const size_t end = text.find('\n', at);
      std::string line;
      for (size_t k = at; k < end; ++k) {
        line += text[k];
        if (text[k] == '%') line += prefix;
      }
      const bool is_output = line.compare(0, 9, "  output ") == 0;
      if (is_output) line.insert(line.find('"') + 1, prefix);
      (line.compare(0, 8, "  input ") == 0 ? inputs : is_output ? outputs : body) += line + "\n";
      at = end + 1;
    }
  }
  return "graph forward {\n" + inputs + body + outputs + "}\n";
}

}  // namespace cortico
