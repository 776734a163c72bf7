// Every case of every op (ops/*/cases.cc): the graph that the passes make of it, the dialect's
// reference values against fake quantization, and the same bytes from the kernels on the host.
// With a board's name as argument (mps3-an547 …): many cases as one program, on that board.
//
//   conformance_test [--cpu=CPU --board=NAME] [--case=TEXT]
//   conformance_test --list        names, and the ops that each must become
//
// `exceptions` are cases that are known to fail, with the reason; one that passes is a failure, and so
// is one that names no case. --exception=NAME adds one: the rule's own test.
#include <algorithm>
#include <cstdio>
#include <map>
#include <string>

#include "compiler/graph/text.h"
#include "compiler/tester/op_case.h"

namespace cortico {
namespace {

std::map<std::string, std::string> exceptions = {};

// Names in `exceptions` that no case has.
int StaleExceptions(const std::vector<OpCase>& cases) {
  int stale = 0;
  for (const auto& exception : exceptions) {
    const bool known = std::any_of(cases.begin(), cases.end(),
                                   [&](const OpCase& c) { return c.name == exception.first; });
    if (known) continue;
    std::printf("FAILED: the exception '%s' (%s) names no case\n", exception.first.c_str(),
                exception.second.c_str());
    ++stale;
  }
  return stale;
}

ExportedProgram Parse(const std::string& name, const std::string& text) {
  Diagnostics diagnostics(name);
  auto graph = ParseGraph(text, diagnostics);
  ThrowIfError(diagnostics);
  return {name, std::move(*graph)};
}

std::string RunOnHost(const OpCase& c, uint32_t seed) {
  try {
    for (const char* cpu : {"cortex-m55", "cortex-m4", "cortex-m3"}) {
      if (c.in_float && cpu != std::string("cortex-m55")) continue;  // the same for every family
      ExportedProgram program = Parse(c.name, c.graph);
      std::vector<Sample> inputs = RandomInputs(program.graph, c.low, c.high, 4, seed);
      CortexMTester tester(std::move(program), std::move(inputs), TargetConfig::FromString(cpu));
      if (!c.in_float) tester.Quantize();
      tester.Export().ToEdge().RunPasses().ToExecutorch();
      tester.TestDialect({}, c.after, c.qtol).TestImplementation(0, {Venue::Kind::kHost, ""});
    }
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

int TestHost(const std::vector<OpCase>& cases, const std::string& only) {
  int passed = 0, failed = 0;
  for (size_t i = 0; i < cases.size(); ++i) {
    if (cases[i].name.find(only) == std::string::npos) continue;
    std::string why = RunOnHost(cases[i], static_cast<uint32_t>(i));
    const auto exception = exceptions.find(cases[i].name);
    if (exception != exceptions.end())
      why = why.empty() ? "passes, and is listed as an exception: " + exception->second : "";
    if (why.empty()) {
      ++passed;
      continue;
    }
    ++failed;
    std::printf("FAILED %s: %s\n", cases[i].name.c_str(), why.c_str());
  }
  std::printf("%d cases passed, %d failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}

int TestBoard(const std::vector<OpCase>& cases, const std::string& only, const std::string& board,
              const std::string& cpu) {
  constexpr size_t kTogether = 40;
  int passed = 0, failed = 0;
  std::vector<OpCase> chosen;
  for (const OpCase& c : cases)
    if (c.name.find(only) != std::string::npos && !exceptions.count(c.name)) chosen.push_back(c);
  // Together goes what is compiled alike and compared alike.
  const auto kind = [](const OpCase& c) { return std::make_pair(c.in_float, c.tolerance); };
  std::stable_sort(chosen.begin(), chosen.end(),
                   [&](const OpCase& a, const OpCase& b) { return kind(a) < kind(b); });
  for (size_t first = 0, last = 0; first < chosen.size(); first = last) {
    while (last < std::min(first + kTogether, chosen.size()) && kind(chosen[last]) == kind(chosen[first]))
      ++last;
    try {
      ExportedProgram program = Parse("cases", MergedText(chosen, first, last));
      // Each case's inputs are in its own range.
      Sample sample;
      for (size_t i = first; i < last; ++i) {
        const ExportedProgram one = Parse(chosen[i].name, chosen[i].graph);
        std::vector<Sample> own =
            RandomInputs(one.graph, chosen[i].low, chosen[i].high, 1, static_cast<uint32_t>(i));
        for (HostTensor& tensor : own.front()) sample.push_back(std::move(tensor));
      }
      std::vector<Sample> inputs;
      inputs.push_back(std::move(sample));
      CortexMTester tester(std::move(program), std::move(inputs), TargetConfig::FromString(cpu));
      if (!chosen[first].in_float) tester.Quantize();
      tester.Export().ToEdge().RunPasses().ToExecutorch();
      tester.TestImplementation(0, {Venue::Kind::kQemu, board}, chosen[first].tolerance);
      passed += static_cast<int>(last - first);
    } catch (const std::exception& error) {
      failed += static_cast<int>(last - first);
      std::printf("FAILED on %s, cases %s to %s: %s\n", board.c_str(), chosen[first].name.c_str(),
                  chosen[last - 1].name.c_str(), error.what());
    }
  }
  std::printf("%d cases passed on %s, %d failed\n", passed, cpu.c_str(), failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}

int Main(int argc, char** argv) {
  std::string board, cpu, only;
  bool list = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.rfind("--board=", 0) == 0) board = word.substr(8);
    else if (word.rfind("--cpu=", 0) == 0) cpu = word.substr(6);
    else if (word.rfind("--case=", 0) == 0) only = word.substr(7);
    else if (word.rfind("--exception=", 0) == 0) exceptions[word.substr(12)] = "given to try the rule";
    else if (word == "--list") list = true;
    else return std::fprintf(stderr, "usage: conformance_test [--cpu=CPU --board=CORE] [--case=TEXT]\n"), 2;
  }
  const std::vector<OpCase> cases = AllOpCases();
  for (const OpCase& c : cases) {
    if (!list) break;
    std::string ops;
    for (const auto& [op, count] : c.after)
      if (count > 0) ops += op + " ";
    std::printf("%s\t%s\n", c.name.c_str(), ops.c_str());
  }
  if (list) return 0;
  if (StaleExceptions(cases) > 0) return 1;
  return cpu.empty() ? TestHost(cases, only) : TestBoard(cases, only, board, cpu);
}

}  // namespace
}  // namespace cortico

int main(int argc, char** argv) { return cortico::Main(argc, argv); }
