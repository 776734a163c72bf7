// A pass test is a pair of texts: the graph before, and the graph after with the arithmetic worked
// out by hand.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "compiler/graph/text.h"
#include "compiler/passes/passes.h"

namespace cortico::passes {

struct PassResult {
  std::string after;     ///< text of the graph, locations left out
  std::string messages;  ///< every diagnostic, one a line
  RewriteLog log;
};

inline PassResult RunPass(void (*pass)(PassContext&), const std::string& before,
                          const TargetConfig& target = {}) {
  Diagnostics diagnostics;
  auto graph = ParseGraph(before, diagnostics);
  EXPECT_TRUE(graph) << (diagnostics.all().empty() ? "" : diagnostics.all()[0].message);
  PassResult result;
  if (!graph) return result;
  PassContext context{*graph, target, diagnostics, result.log};
  pass(context);
  if (diagnostics.ok()) VerifyGraph(*graph, diagnostics);
  result.after = PrintGraph(*graph, {.elide_constants = false, .locations = false});
  for (const Diagnostic& d : diagnostics.all()) result.messages += d.ToString() + "\n";
  return result;
}

inline void ExpectRewrite(void (*pass)(PassContext&), const std::string& before,
                          const std::string& after, const TargetConfig& target = {}) {
  const PassResult result = RunPass(pass, before, target);
  EXPECT_EQ(result.messages, "");
  EXPECT_EQ(result.after, after);
}

}  // namespace cortico::passes
