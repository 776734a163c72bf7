#include "compiler/import/sym_expr.h"

#include <gtest/gtest.h>

namespace cortico {
namespace {

std::optional<int64_t> With7(const std::string& text, std::string* error = nullptr) {
  std::string local;
  const auto lookup = [](const std::string& name) {
    return name == "s77" ? std::optional<int64_t>(7) : std::nullopt;
  };
  return EvaluateExpression(text, lookup, error != nullptr ? error : &local);
}

TEST(SymExpr, InfixFollowsPythonsPrecedence) {
  EXPECT_EQ(With7("s77"), 7);
  EXPECT_EQ(With7(" 2*s77 + 1 "), 15);
  EXPECT_EQ(With7("1 + 2*(s77 - 3)"), 9);
  EXPECT_EQ(With7("-s77 + 10"), 3);
  EXPECT_EQ(With7("20 - 3 - 4"), 13);
}

TEST(SymExpr, DivisionRoundsDown) {
  EXPECT_EQ(With7("s77//2"), 3);
  EXPECT_EQ(With7("(0-s77)//2"), -4);
  EXPECT_EQ(With7("s77 % 4"), 3);
  EXPECT_EQ(With7("(0-s77) % 4"), 1);
  EXPECT_EQ(With7("s77 // (0-1)"), -7);
}

TEST(SymExpr, Calls) {
  const std::string s = "Symbol('s77', positive=True, integer=True)";
  EXPECT_EQ(With7(s), 7);
  EXPECT_EQ(With7("Add(FloorDiv(" + s + ", Integer(2)), Integer(1))"), 4);
  EXPECT_EQ(With7("Mul(Integer(-1), " + s + ")"), -7);
  EXPECT_EQ(With7("Max(Integer(10), " + s + ", Integer(2))"), 10);
  EXPECT_EQ(With7("Min(Integer(10), " + s + ")"), 7);
  EXPECT_EQ(With7("Mod(" + s + ", Integer(4))"), 3);
  EXPECT_EQ(With7("Pow(" + s + ", Integer(2))"), 49);
  EXPECT_EQ(With7("CleanDiv(Mul(" + s + ", Integer(2)), Integer(7))"), 2);
}

TEST(SymExpr, RefusesWhatItCannotSay) {
  for (const char* text :
       {"", "s78", "s77 +", "(s77", "s77)", "s77 / 2", "1//0", "1 % 0", "Foo(1)", "Mod(1)",
        "9223372036854775807 + 1", "99999999999999999999", "Pow(s77, 64)", "Symbol('s77'", "Add(",
        "CleanDiv(s77, 2)", "Symbol(", "'", "\xff"}) {
    std::string error;
    EXPECT_EQ(With7(text, &error), std::nullopt) << text;
    EXPECT_NE(error, "") << text;
  }
}

TEST(SymExpr, DepthIsBounded) {
  EXPECT_EQ(With7(std::string(100000, '(') + "1"), std::nullopt);
  EXPECT_EQ(With7(std::string(100000, '-') + "1"), std::nullopt);
}

TEST(SymExpr, SingleSymbol) {
  EXPECT_EQ(SingleSymbol("s77"), "s77");
  EXPECT_EQ(SingleSymbol("Symbol('s77', positive=True, integer=True)"), "s77");
  EXPECT_EQ(SingleSymbol("2*s77"), std::nullopt);
  EXPECT_EQ(SingleSymbol("Add(Symbol('a'), Symbol('b'))"), std::nullopt);
  EXPECT_EQ(SingleSymbol("Symbol('a') + Symbol('b')"), std::nullopt);
  EXPECT_EQ(SingleSymbol("7"), std::nullopt);
  EXPECT_EQ(SingleSymbol(""), std::nullopt);
}

}  // namespace
}  // namespace cortico
