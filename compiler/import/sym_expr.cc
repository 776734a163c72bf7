#include "compiler/import/sym_expr.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace cortico {
namespace {

constexpr int kMaxDepth = 64;

/// Recursive descent. After the first problem every step returns 0 and consumes nothing more.
class Evaluator {
 public:
  Evaluator(std::string_view text, const SymbolLookup& lookup) : text_(text), lookup_(lookup) {}

  std::optional<int64_t> Run(std::string* error) {
    const int64_t value = Sum();
    if (Peek() != '\0') Fail("it cannot be read");
    if (error_.empty()) return value;
    *error = error_;
    return std::nullopt;
  }

 private:
  int64_t Sum() {
    int64_t value = Product();
    while (true) {
      if (Accept("+")) {
        value = Add(value, Product());
      } else if (Accept("-")) {
        value = Add(value, Multiply(-1, Product()));
      } else {
        return value;
      }
    }
  }
  int64_t Product() {
    int64_t value = Unary();
    while (true) {
      if (Accept("//")) {
        value = FloorDivide(value, Unary());
      } else if (Accept("%")) {
        value = Modulo(value, Unary());
      } else if (Accept("*")) {
        value = Multiply(value, Unary());
      } else {
        return value;
      }
    }
  }
  int64_t Unary() {
    if (++depth_ > kMaxDepth) Fail("it is nested too deeply");
    const int64_t value = Accept("-") ? Multiply(-1, Unary()) : Primary();
    --depth_;
    return value;
  }
  int64_t Primary() {
    const char c = Peek();
    if (c == '(') {
      Accept("(");
      const int64_t value = Sum();
      Expect(")");
      return value;
    }
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) return Number();
    const std::string name = Name();
    if (name.empty()) return Fail("it cannot be read");
    return Accept("(") ? Call(name) : Symbol(name);
  }
  int64_t Number() {
    int64_t value = 0;
    while (!text_.empty() && text_[0] >= '0' && text_[0] <= '9') {
      value = Add(Multiply(value, 10), text_[0] - '0');
      text_.remove_prefix(1);
    }
    return value;
  }
  std::string Name() {
    Peek();
    const auto is_part = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    };
    const auto end = std::find_if_not(text_.begin(), text_.end(), is_part);
    std::string name(text_.begin(), end);
    text_.remove_prefix(name.size());
    return name;
  }
  int64_t Symbol(const std::string& name) {
    if (!error_.empty()) return 0;
    const auto value = lookup_(name);
    return value ? *value : Fail("the size of '" + name + "' is not known");
  }

  int64_t Call(const std::string& function) {
    if (function == "Symbol") {
      Expect("'");
      const size_t end = text_.find('\'');
      if (end == text_.npos) return Fail("it cannot be read");
      const std::string name(text_.substr(0, end));
      const size_t close = text_.find(')', end);  // past the assumptions: "integer=True"
      if (close == text_.npos) return Fail("it cannot be read");
      text_.remove_prefix(close + 1);
      return Symbol(name);
    }
    std::vector<int64_t> values;
    do {
      values.push_back(Sum());
    } while (error_.empty() && Accept(","));
    Expect(")");
    return Apply(function, values);
  }

  int64_t Apply(const std::string& function, const std::vector<int64_t>& v) {
    if (!error_.empty()) return 0;
    if (function == "Integer" && v.size() == 1) return v[0];
    if (function == "Add" || function == "Mul" || function == "Max" || function == "Min") {
      int64_t result = v[0];
      for (size_t i = 1; i < v.size(); ++i) {
        result = function == "Add"   ? Add(result, v[i])
                 : function == "Mul" ? Multiply(result, v[i])
                 : function == "Max" ? std::max(result, v[i])
                                     : std::min(result, v[i]);
      }
      return result;
    }
    if (v.size() == 2) {
      if (function == "FloorDiv") return FloorDivide(v[0], v[1]);
      if (function == "Mod" || function == "PythonMod") return Modulo(v[0], v[1]);
      if (function == "CleanDiv") {
        return Modulo(v[0], v[1]) == 0 ? FloorDivide(v[0], v[1])
                                       : Fail("a division leaves a remainder");
      }
      if (function == "Pow" && v[1] >= 0 && v[1] <= 64) {
        int64_t result = 1;
        for (int64_t i = 0; i < v[1]; ++i) result = Multiply(result, v[0]);
        return result;
      }
    }
    return Fail("'" + function + "' is not supported");
  }

  int64_t Add(int64_t a, int64_t b) {
    int64_t result = 0;
    return __builtin_add_overflow(a, b, &result) ? Fail("it overflows") : result;
  }
  int64_t Multiply(int64_t a, int64_t b) {
    int64_t result = 0;
    return __builtin_mul_overflow(a, b, &result) ? Fail("it overflows") : result;
  }
  int64_t FloorDivide(int64_t a, int64_t b) {
    if (b == 0) return Fail("it divides by zero");
    if (b == -1) return Multiply(a, -1);  // the one quotient that can overflow
    return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
  }
  int64_t Modulo(int64_t a, int64_t b) {
    if (b == 0) return Fail("it divides by zero");
    if (b == -1) return 0;
    const int64_t rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
  }

  char Peek() {
    while (!text_.empty() && text_[0] == ' ') text_.remove_prefix(1);
    return text_.empty() || !error_.empty() ? '\0' : text_[0];
  }
  bool Accept(std::string_view token) {
    if (Peek() == '\0' || !text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }
  void Expect(std::string_view token) {
    if (!Accept(token)) Fail("it cannot be read");
  }
  int64_t Fail(const std::string& reason) {
    if (error_.empty()) error_ = reason;
    return 0;
  }

  std::string_view text_;
  const SymbolLookup& lookup_;
  std::string error_;
  int depth_ = 0;
};

}  // namespace

std::optional<int64_t> EvaluateExpression(std::string_view text, const SymbolLookup& lookup,
                                          std::string* error) {
  return Evaluator(text, lookup).Run(error);
}

std::optional<std::string> SingleSymbol(std::string_view text) {
  constexpr std::string_view kCall = "Symbol('";
  const auto is_name = [](std::string_view name) {
    return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
           std::all_of(name.begin(), name.end(), [](char c) {
             return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
           });
  };
  if (text.starts_with(kCall) && text.find(')') == text.size() - 1) {
    text.remove_prefix(kCall.size());
    text = text.substr(0, text.find('\''));
  }
  return is_name(text) ? std::optional(std::string(text)) : std::nullopt;
}

}  // namespace cortico
