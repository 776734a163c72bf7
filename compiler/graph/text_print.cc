#include <charconv>
#include <cmath>

#include "compiler/graph/text.h"

namespace cortico {
namespace {

std::string Number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[40];
  const auto [end, status] = std::to_chars(buffer, buffer + sizeof buffer, value);
  (void)status;
  std::string text(buffer, end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n') quoted += "\\n";
    else quoted += c;
  }
  return quoted + '"';
}

template <class List, class Format>
std::string Join(const List& list, const char* separator, Format format) {
  std::string text;
  for (const auto& element : list) {
    if (!text.empty()) text += separator;
    text += format(element);
  }
  return text;
}

std::string Bracketed(const Ints64& list) {
  return "[" + Join(list, ", ", [](int64_t i) { return std::to_string(i); }) + "]";
}

struct ArgPrinter {
  std::string operator()(std::monostate) const { return "none"; }
  std::string operator()(Value* v) const { return v == nullptr ? "none" : "%" + v->name; }
  std::string operator()(int64_t i) const { return std::to_string(i); }
  std::string operator()(double d) const { return Number(d); }
  std::string operator()(bool b) const { return b ? "true" : "false"; }
  std::string operator()(DType d) const { return std::string(":") + Name(d); }
  std::string operator()(const Symbol& s) const { return "#" + s.text; }
  std::string operator()(const std::string& s) const { return Quoted(s); }
  std::string operator()(const Ints64& list) const { return Bracketed(list); }
  std::string operator()(const Doubles& list) const {
    return list.empty() ? "[]f" : "[" + Join(list, ", ", Number) + "]";
  }
  std::string operator()(const Values& list) const {
    if (list.empty()) return "[]v";
    return "[" + Join(list, ", ", [this](Value* v) { return (*this)(v); }) + "]";
  }
};

template <class T>
std::string Elements(const Value& value) {
  const T* data = value.DataAs<T>();
  std::string text;
  for (int64_t i = 0; i < value.type.numel(); ++i) {
    if (i > 0) text += ", ";
    if constexpr (std::is_floating_point_v<T>) text += Number(double{data[i]});
    else text += std::to_string(data[i]);
  }
  return "[" + text + "]";
}

std::string Hex(const Bytes& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "hex \"";
  for (uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text + '"';
}

std::string ConstantData(const Value& value, const PrintOptions& options) {
  if (value.type.numel() <= 16) {
    switch (value.type.dtype) {
      case DType::kInt8: return Elements<int8_t>(value);
      case DType::kInt32: return Elements<int32_t>(value);
      case DType::kInt64: return Elements<int64_t>(value);
      case DType::kFloat32: return Elements<float>(value);
      case DType::kFloat64: return Elements<double>(value);
      default: break;
    }
    return Hex(*value.data);
  }
  return options.elide_constants ? "elided" : Hex(*value.data);
}

}  // namespace

std::string TensorType::ToString() const {
  std::string text = std::string(Name(dtype)) + "[" +
                     Join(sizes, ",", [](int64_t i) { return std::to_string(i); }) + "]";
  if (!dim_order.empty())
    text += "{" + Join(dim_order, ",", [](int i) { return std::to_string(i); }) + "}";
  if (!quantization) return text;
  const Quantization& q = *quantization;
  text += " q(";
  if (q.per_tensor()) {
    text += Number(q.scale()) + ", " + std::to_string(q.zero_point());
  } else {
    text += std::to_string(q.axis) + ", [" + Join(q.scales, ", ", Number) + "], [" +
            Join(q.zero_points, ", ", [](int32_t i) { return std::to_string(i); }) + "]";
  }
  return text + ", " + std::to_string(q.qmin) + ", " + std::to_string(q.qmax) + ")";
}

std::string PrintGraph(const Graph& graph, const PrintOptions& options) {
  std::string text = "graph " + graph.name + " {\n";
  const auto typed = [](const Value& v) { return "%" + v.name + " : " + v.type.ToString(); };
  for (const Value* input : graph.inputs) text += "  input " + typed(*input) + "\n";
  for (const auto& value : graph.values()) {
    if (value->kind == Value::Kind::kScratch) text += "  scratch " + typed(*value) + "\n";
    if (value->kind != Value::Kind::kConstant) continue;
    text += "  const " + typed(*value);
    if (!value->origin.empty()) text += " origin " + Quoted(value->origin);
    text += " = " + ConstantData(*value, options) + "\n";
  }
  for (const auto& node : graph.nodes()) {
    text += "  " + Join(node->outputs, ", ", [&](const Value* v) { return typed(*v); });
    text += (node->outputs.empty() ? "= " : " = ") + node->op + "(" +
            Join(node->args, ", ",
                 [](const auto& arg) { return arg.first + "=" + std::visit(ArgPrinter{}, arg.second); }) +
            ")";
    const Location& where = node->location;
    if (options.locations && !where.empty())
      text += " @ " + Quoted(where.node) + " " + Quoted(where.module_path) + " " + Quoted(where.source);
    text += "\n";
  }
  for (size_t i = 0; i < graph.outputs.size(); ++i)
    text += "  output %" + graph.outputs[i]->name + " " + Quoted(graph.output_names.at(i)) + "\n";
  return text + "}\n";
}

}  // namespace cortico
