#include "compiler/tester/op_case.h"

namespace cortico::ops {

void portable_index_cases(std::vector<OpCase>& cases) {
  const auto add = [&cases](const std::string& name, GraphText& text, const std::string& op) {
    // Some indices are out of range: the reference takes the nearest one, and so must the target.
    OpCase c = {name, text.Done({"y"}), {{"aten::" + op, 1}}, -1, 6};
    c.in_float = true;
    cases.push_back(std::move(c));
  };
  for (const std::string type : {"i64", "i32"}) {
    GraphText embedding(1), select(2), gather(3);
    embedding.Constant("w", {5, 3}, 1.0).Input("i", {2, 4}, type);
    embedding.Node("y", {2, 4, 3}, "aten.embedding.default(weight=%w, indices=%i)");
    add("embedding " + type, embedding, "embedding");
    select.Input("x", {2, 5, 3}).Input("i", {4}, type);
    select.Node("y", {2, 4, 3}, "aten.index_select.default(self=%x, dim=1, index=%i)");
    add("index_select " + type, select, "index_select");
    gather.Input("x", {2, 5, 3}).Input("i", {2, 7, 2}, type);
    gather.Node("y", {2, 7, 2}, "aten.gather.default(self=%x, dim=1, index=%i)");
    add("gather " + type, gather, "gather");
  }
}

}  // namespace cortico::ops
