#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "compiler/graph/text.h"

namespace cortico {
namespace {

// What stops the parse; caught in ParseGraph, never leaves this file.
struct SyntaxError {
  std::string message;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Graph Parse() {
    Graph graph;
    Expect("graph");
    graph.name = Identifier();
    Expect("{");
    while (!Accept("}")) Statement(graph);
    Skip();
    if (at_ != text_.size()) Fail("nothing may follow the graph");
    return graph;
  }
  int line() const {
    int line = 1;
    for (char c : text_.substr(0, at_)) line += c == '\n';
    return line;
  }

 private:
  [[noreturn]] void Fail(const std::string& message) const { throw SyntaxError{message}; }

  void Skip() {
    while (at_ < text_.size() && std::strchr(" \t\r\n", text_[at_]) != nullptr) ++at_;
  }
  static bool IsWord(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == ':';
  }
  bool Peek(std::string_view token) {
    Skip();
    if (text_.substr(at_, token.size()) != token) return false;
    const size_t end = at_ + token.size();
    return !(IsWord(token.back()) && token.back() != ':' && end < text_.size() && IsWord(text_[end]));
  }
  bool Accept(std::string_view token) {
    if (!Peek(token)) return false;
    at_ += token.size();
    return true;
  }
  void Expect(std::string_view token) {
    if (!Accept(token)) Fail("'" + std::string(token) + "' expected");
  }
  std::string Identifier() {
    Skip();
    const size_t start = at_;
    while (at_ < text_.size() && IsWord(text_[at_])) ++at_;
    if (at_ == start) Fail("a name expected");
    return std::string(text_.substr(start, at_ - start));
  }
  std::string String() {
    Expect("\"");
    std::string value;
    while (at_ < text_.size() && text_[at_] != '"') {
      char c = text_[at_++];
      if (c == '\\' && at_ < text_.size()) {
        c = text_[at_++];
        if (c == 'n') c = '\n';
      }
      value += c;
    }
    if (at_ == text_.size()) Fail("a string has no end");
    ++at_;
    return value;
  }
  std::string_view NumberToken() {
    Skip();
    const size_t start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  std::strchr("+-.", text_[at_]) != nullptr))
      ++at_;
    if (at_ == start) Fail("a number expected");
    return text_.substr(start, at_ - start);
  }
  static bool IsFloat(std::string_view token) {
    return token.find_first_of(".einf") != std::string_view::npos;
  }
  int64_t Integer(std::string_view token) {
    int64_t value = 0;
    const auto [end, status] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (status != std::errc() || end != token.data() + token.size())
      Fail("'" + std::string(token) + "' is no integer");
    return value;
  }
  int64_t Integer() { return Integer(NumberToken()); }
  double Real(std::string_view token) {
    double value = 0;
    const auto [end, status] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (status != std::errc() || end != token.data() + token.size())
      Fail("'" + std::string(token) + "' is no number");
    return value;
  }
  double Real() { return Real(NumberToken()); }
  int32_t Int32() {
    const int64_t value = Integer();
    if (value < std::numeric_limits<int32_t>::min() || value > std::numeric_limits<int32_t>::max())
      Fail("a number does not fit 32 bits");
    return static_cast<int32_t>(value);
  }

  template <class Element>
  void List(std::string_view open, std::string_view close, Element element) {
    Expect(open);
    if (Accept(close)) return;
    do element();
    while (Accept(","));
    Expect(close);
  }

  DType ElementType() {
    const std::string name = Identifier();
#define CORTICO_DTYPE_PARSE(enumerator, number, bytes, text) \
  if (name == text) return DType::enumerator;
    CORTICO_DTYPES(CORTICO_DTYPE_PARSE)
#undef CORTICO_DTYPE_PARSE
    Fail("'" + name + "' is no element type");
  }

  TensorType Type() {
    TensorType type;
    type.dtype = ElementType();
    int64_t total = 1;
    List("[", "]", [&] {
      const int64_t size = Integer();
      if (size < 0 || size > (int64_t{1} << 31)) Fail("a size is out of range");
      total *= size;
      if (total > (int64_t{1} << 31)) Fail("a tensor is too large");
      type.sizes.push_back(size);
    });
    if (Peek("{")) List("{", "}", [&] { type.dim_order.push_back(Int32()); });
    if (!Accept("q(")) return type;
    Quantization q;
    const std::string_view first = NumberToken();
    if (IsFloat(first)) {
      q.scales = {Real(first)};
      Expect(",");
      q.zero_points = {Int32()};
    } else {
      q.axis = static_cast<int>(Integer(first));
      Expect(",");
      List("[", "]", [&] { q.scales.push_back(Real()); });
      Expect(",");
      List("[", "]", [&] { q.zero_points.push_back(Int32()); });
    }
    Expect(",");
    q.qmin = Int32();
    Expect(",");
    q.qmax = Int32();
    Expect(")");
    type.quantization = std::move(q);
    return type;
  }

  std::string NewName(const Graph& graph) {
    Expect("%");
    std::string name = Identifier();
    if (graph.FindValue(name) != nullptr) Fail("'%" + name + "' is defined twice");
    return name;
  }
  Value* Reference(const Graph& graph) {
    if (Accept("none")) return nullptr;
    Expect("%");
    const std::string name = Identifier();
    Value* value = graph.FindValue(name);
    if (value == nullptr) Fail("'%" + name + "' is not defined before this line");
    return value;
  }

  template <class T>
  void PushElement(Bytes& bytes, T value) {
    const auto* raw = reinterpret_cast<const uint8_t*>(&value);
    bytes.insert(bytes.end(), raw, raw + sizeof(T));
  }
  Bytes Data(const TensorType& type) {
    Bytes bytes;
    if (Accept("elided")) Fail("a constant without data cannot be read back");
    if (Accept("hex")) {
      const std::string digits = String();
      const auto nibble = [&](char c) -> int {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        Fail("a hexadecimal digit expected");
      };
      if (digits.size() % 2 != 0) Fail("an odd number of hexadecimal digits");
      for (size_t i = 0; i < digits.size(); i += 2)
        bytes.push_back(static_cast<uint8_t>(nibble(digits[i]) << 4 | nibble(digits[i + 1])));
    } else {
      List("[", "]", [&] {
        switch (type.dtype) {
          case DType::kInt8: return PushElement(bytes, static_cast<int8_t>(Integer()));
          case DType::kInt32: return PushElement(bytes, Int32());
          case DType::kInt64: return PushElement(bytes, Integer());
          case DType::kFloat32: return PushElement(bytes, static_cast<float>(Real()));
          case DType::kFloat64: return PushElement(bytes, Real());
          default: Fail("constants of this type are written as hex");
        }
      });
    }
    if (static_cast<int64_t>(bytes.size()) != type.nbytes())
      Fail("a constant has not as many elements as its type says");
    return bytes;
  }

  Arg Argument(const Graph& graph) {
    if (Accept("none")) return std::monostate{};
    if (Accept("true")) return true;
    if (Accept("false")) return false;
    if (Peek("%")) return Reference(graph);
    if (Peek("\"")) return String();
    if (Accept(":")) return ElementType();
    if (Accept("#")) return Symbol{Identifier()};
    if (Peek("[")) return ListArgument(graph);
    const std::string_view token = NumberToken();
    if (IsFloat(token)) return Real(token);
    return Integer(token);
  }
  Arg ListArgument(const Graph& graph) {
    Expect("[");
    if (Accept("]f")) return Doubles{};
    if (Accept("]v")) return Values{};
    if (Accept("]")) return Ints64{};
    if (Peek("%") || Peek("none")) {
      Values values;
      do values.push_back(Reference(graph));
      while (Accept(","));
      Expect("]");
      return values;
    }
    Ints64 ints;
    Doubles doubles;
    do {
      const std::string_view token = NumberToken();
      if (IsFloat(token)) doubles.push_back(Real(token));
      else ints.push_back(Integer(token));
    } while (Accept(","));
    Expect("]");
    if (ints.empty()) return doubles;
    if (doubles.empty()) return ints;
    Fail("a list mixes integers and floating-point numbers");
  }

  void Statement(Graph& graph) {
    if (Accept("input")) {
      const std::string name = NewName(graph);
      Expect(":");
      graph.AddInput(name, Type());
    } else if (Accept("scratch")) {
      const std::string name = NewName(graph);
      Expect(":");
      graph.AddScratch(name, Type().numel());
    } else if (Accept("const")) {
      const std::string name = NewName(graph);
      Expect(":");
      const TensorType type = Type();
      const std::string origin = Accept("origin") ? String() : "";
      Expect("=");
      graph.AddConstant(name, type, std::make_shared<Bytes>(Data(type)))->origin = origin;
    } else if (Accept("output")) {
      Value* value = Reference(graph);
      if (value == nullptr) Fail("a result cannot be none");
      graph.outputs.push_back(value);
      graph.output_names.push_back(String());
    } else {
      NodeStatement(graph);
    }
  }

  void NodeStatement(Graph& graph) {
    std::vector<std::string> names;
    std::vector<TensorType> types;
    if (!Peek("=")) {
      do {
        names.push_back(NewName(graph));
        Expect(":");
        types.push_back(Type());
      } while (Accept(","));
    }
    Expect("=");
    const std::string op = Identifier();
    std::vector<std::pair<std::string, Arg>> args;
    List("(", ")", [&] {
      std::string name = Identifier();
      Expect("=");
      args.emplace_back(std::move(name), Argument(graph));
    });
    Node* node = graph.AddNode(op, std::move(args), std::move(types), std::move(names));
    if (!Accept("@")) return;
    node->location.node = String();
    node->location.module_path = String();
    node->location.source = String();
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::optional<Graph> ParseGraph(std::string_view text, Diagnostics& diagnostics) {
  Parser parser(text);
  try {
    return parser.Parse();
  } catch (const SyntaxError& error) {
    diagnostics.Error({}, "line " + std::to_string(parser.line()) + ": " + error.message);
    return std::nullopt;
  }
}

}  // namespace cortico
