// Random programs over the whole dialect: quantized, lowered, planned, run on the host. Asked of
// each: the kernels give the reference's bytes, the dialect stays near fake quantization, the plan
// holds (CheckPlan runs in ToExecutorch), and the graph's text form reads back as it was printed.
//
//   random_test [COUNT] [FIRST SEED]      CORTICO_FULL=1: 10,000 by default, otherwise 300
//   random_test --print SEED              the program as text
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "compiler/graph/text.h"
#include "compiler/reference/evaluate.h"
#include "compiler/tester/op_case.h"

namespace cortico {
namespace {

struct Known {
  std::string name;
  Ints64 sizes;
};

// A program of `length` ops. Every op's operands are results of ops before it, or inputs.
class Program {
 public:
  Program(uint32_t seed, int length) : random_(seed), text_(seed) {
    const int inputs = Below(2) + 1;
    for (int i = 0; i < inputs; ++i) {
      const std::string name = "x" + std::to_string(i);
      Ints64 sizes = {1, Below(8) + 1, Below(7) + 2, Below(7) + 2};
      if (i == 1 && Below(2) == 0) sizes = known_[0].sizes;
      text_.Input(name, sizes);
      known_.push_back({name, sizes});
    }
    for (int i = 0; i < length; ++i) AddOp();
  }

  std::string Text() {
    // Results that nobody reads are the outputs.
    std::vector<std::string> outputs;
    for (const Known& k : known_)
      if (k.name[0] != 'x' && !read_.contains(k.name)) outputs.push_back(k.name);
    outputs.insert(outputs.end(), places_.begin(), places_.end());
    return text_.Done(outputs);
  }

 private:
  int Below(int n) { return static_cast<int>(random_() % static_cast<uint32_t>(n)); }
  const Known Pick() { return known_[static_cast<size_t>(Below(static_cast<int>(known_.size())))]; }
  std::string Use(const Known& k) {
    read_.insert(k.name);
    return "%" + k.name;
  }
  void Add(const Ints64& sizes, const std::string& call) {
    const std::string name = "v" + std::to_string(next_++);
    text_.Node(name, sizes, call);
    known_.push_back({name, sizes});
  }
  std::string Weight(const Ints64& sizes) {
    const std::string name = "w" + std::to_string(next_++);
    int64_t fan = 1;
    for (size_t i = 1; i < sizes.size(); ++i) fan *= sizes[i];
    text_.Constant(name, sizes, 1.5 / std::sqrt(static_cast<double>(fan)));
    return "%" + name;
  }

  void AddOp() {
    const Known a = Pick();
    const Ints64& s = a.sizes;
    switch (Below(23)) {
      case 0:
      case 1:
        return Convolution(a);
      case 2:
        return Depthwise(a);
      case 3: {
        static const char* const kUnary[] = {"relu", "sigmoid", "tanh", "silu", "hardswish", "gelu",
                                             "leaky_relu", "elu", "neg", "abs"};
        return Add(s, std::string("aten.") + kUnary[Below(10)] + ".default(self=" + Use(a) + ")");
      }
      case 4: {
        const Known b = SameSizes(s);
        static const char* const kBinary[] = {"add.Tensor", "sub.Tensor", "mul.Tensor",
                                              "maximum.default", "minimum.default"};
        return Add(s, std::string("aten.") + kBinary[Below(5)] + "(self=" + Use(a) +
                          ", other=" + Use(b) + ")");
      }
      case 5:
        if (s.size() != 4 || s[2] < 2 || s[3] < 2) return;
        return Add({s[0], s[1], s[2] / 2, s[3] / 2},
                   std::string("aten.") + (Below(2) ? "max" : "avg") + "_pool2d.default(self=" + Use(a) +
                       ", kernel_size=[2, 2], stride=[2, 2])");
      case 6: {
        int64_t count = 1;
        for (size_t i = 1; i < s.size(); ++i) count *= s[i];
        if (s.size() < 3) return Linear(a);
        return Add({s[0], count}, "aten.view.default(self=" + Use(a) + ", size=" +
                                      ListText({s[0], count}) + ")");
      }
      case 7:
        return Linear(a);
      case 8: {
        const Known b = SameSizes(s);
        const auto dim = static_cast<size_t>(Below(static_cast<int>(s.size())));
        Ints64 out = s;
        out[dim] += b.sizes[dim];
        return Add(out, "aten.cat.default(tensors=[" + Use(a) + ", " + Use(b) +
                            "], dim=" + std::to_string(dim) + ")");
      }
      case 9: {
        const auto dim = static_cast<size_t>(Below(static_cast<int>(s.size())));
        if (s[dim] < 2) return;
        const int64_t start = Below(static_cast<int>(s[dim]) - 1);
        const int64_t step = Below(2) + 1;
        Ints64 out = s;
        out[dim] = (s[dim] - start - 1) / step + 1;
        return Add(out, "aten.slice.Tensor(self=" + Use(a) + ", dim=" + std::to_string(dim) + ", start=" +
                            std::to_string(start) + ", end=" + std::to_string(s[dim]) + ", step=" +
                            std::to_string(step) + ")");
      }
      case 10: {
        Ints64 dims(s.size());
        for (size_t i = 0; i < dims.size(); ++i) dims[i] = static_cast<int64_t>(i);
        std::shuffle(dims.begin() + 1, dims.end(), random_);
        Ints64 out;
        for (int64_t d : dims) out.push_back(s[static_cast<size_t>(d)]);
        return Add(out, "aten.permute.default(self=" + Use(a) + ", dims=" + ListText(dims) + ")");
      }
      case 11: {
        const int dim = Below(static_cast<int>(s.size()) - 1) + 1;
        Ints64 out = s;
        out[static_cast<size_t>(dim)] = 1;
        static const char* const kReduce[] = {"mean.dim", "amax.default", "amin.default"};
        return Add(out, std::string("aten.") + kReduce[Below(3)] + "(self=" + Use(a) + ", dim=" +
                            ListText({dim}) + ", keepdim=true)");
      }
      case 12:
        if (s.size() != 4) return;
        return Add({s[0], s[1], s[2] + 2, s[3] + 1},
                   "aten.constant_pad_nd.default(self=" + Use(a) + ", pad=[0, 1, 1, 1], value=0.0)");
      case 13:
        if (s.size() != 4 || s[2] * s[3] > 200) return;
        return Add({s[0], s[1], s[2] * 2, s[3] * 2},
                   std::string("aten.upsample_") + (Below(2) ? "nearest2d" : "bilinear2d") +
                       ".vec(input=" + Use(a) + ", output_size=" + ListText({s[2] * 2, s[3] * 2}) +
                       ", scale_factors=none)");
      case 14:
        if (s.back() < 2) return;
        return Add(s, "aten.softmax.int(self=" + Use(a) + ", dim=-1)");
      case 15: {
        const std::string dim = ListText({Below(static_cast<int>(s.size()) - 1) + 1});
        return Below(2) ? Add(s, "aten.flip.default(self=" + Use(a) + ", dims=" + dim + ")")
                        : Add(s, "aten.roll.default(self=" + Use(a) + ", shifts=[1], dims=" + dim + ")");
      }
      case 16: {
        // The mean along a dimension, taken away or multiplied by: an operand that is repeated.
        const auto dim = static_cast<size_t>(Below(static_cast<int>(s.size()) - 1) + 1);
        Ints64 one = s;
        one[dim] = 1;
        Add(one, "aten.mean.dim(self=" + Use(a) + ", dim=" + ListText({static_cast<int64_t>(dim)}) +
                     ", keepdim=true)");
        return Add(s, std::string("aten.") + (Below(2) ? "sub" : "mul") + ".Tensor(self=" + Use(a) +
                          ", other=" + Use(known_.back()) + ")");
      }
      case 17: {
        if (s.size() < 2 || s[1] < 2) return;
        const std::string weight = Weight({s[1]});
        return Add(s, "aten.prelu.default(self=" + Use(a) + ", weight=" + weight + ")");
      }
      case 18:
        if (s.back() < 2) return;
        return Add(s, "aten.log_softmax.int(self=" + Use(a) + ", dim=" +
                          std::to_string(Below(static_cast<int>(s.size()) - 1) + 1) + ")");
      case 19: {
        if (s.back() < 3) return;
        const std::string weight = Weight({s.back()}), bias = Weight({s.back()});
        return Add(s, "aten.layer_norm.default(input=" + Use(a) + ", normalized_shape=" +
                          ListText({s.back()}) + ", weight=" + weight + ", bias=" + bias + ", eps=0.001)");
      }
      case 20: {
        if (s.size() != 4) return;
        const Ints64 out = {s[0], s[1], Below(6) + 1, Below(6) + 1};
        return Add(out, std::string("aten.adaptive_") + (Below(2) ? "avg" : "max") + "_pool2d.default(self=" +
                            Use(a) + ", output_size=" + ListText({out[2], out[3]}) + ")");
      }
      case 21: {
        // Nothing of a program reads places: an output.
        const std::string name = "p" + std::to_string(next_++);
        Ints64 out = s;
        const auto dim = static_cast<size_t>(Below(static_cast<int>(s.size())));
        out.erase(out.begin() + static_cast<int64_t>(dim));
        text_.Typed(name, "i64" + SizesText(out), std::string("aten.") + (Below(2) ? "argmax" : "argmin") +
                                                     ".default(self=" + Use(a) + ", dim=" +
                                                     std::to_string(dim) + ")");
        places_.push_back(name);
        return;
      }
      default: {
        if (s.size() != 4) return;
        const Ints64 w = {s[1], Below(6) + 1, 2, 2};
        const std::string weight = Weight(w);
        return Add({s[0], w[1], s[2] * 2, s[3] * 2},
                   "aten.conv_transpose2d.input(input=" + Use(a) + ", weight=" + weight +
                       ", bias=none, stride=[2, 2])");
      }
    }
  }

  Known SameSizes(const Ints64& sizes) {
    std::vector<Known> same;
    for (const Known& k : known_)
      if (k.sizes == sizes) same.push_back(k);
    return same[static_cast<size_t>(Below(static_cast<int>(same.size())))];
  }

  void Convolution(const Known& a) {
    const Ints64& s = a.sizes;
    if (s.size() != 4) return Linear(a);
    const int64_t kernel = std::min<int64_t>({Below(3) + 1, s[2], s[3]});
    const int64_t pad = Below(2) * (kernel / 2), stride = Below(2) + 1;
    const int64_t outputs = Below(9) + 1;
    const auto out = [&](int64_t in) { return (in + 2 * pad - kernel) / stride + 1; };
    const std::string weight = Weight({outputs, s[1], kernel, kernel});
    const std::string bias = Below(2) ? Weight({outputs}) : "none";
    Add({s[0], outputs, out(s[2]), out(s[3])},
        "aten.conv2d.default(input=" + Use(a) + ", weight=" + weight + ", bias=" + bias +
            ", stride=" + ListText({stride, stride}) + ", padding=" + ListText({pad, pad}) + ")");
  }

  void Depthwise(const Known& a) {
    const Ints64& s = a.sizes;
    if (s.size() != 4 || s[2] < 3 || s[3] < 3 || s[1] < 2) return;
    const int64_t pad = Below(2), stride = Below(2) + 1;
    const auto out = [&](int64_t in) { return (in + 2 * pad - 3) / stride + 1; };
    const std::string weight = Weight({s[1], 1, 3, 3});
    Add({s[0], s[1], out(s[2]), out(s[3])},
        "aten.conv2d.default(input=" + Use(a) + ", weight=" + weight + ", bias=none, stride=" +
            ListText({stride, stride}) + ", padding=" + ListText({pad, pad}) +
            ", groups=" + std::to_string(s[1]) + ")");
  }

  void Linear(const Known& a) {
    const int64_t outputs = Below(12) + 1;
    Ints64 out = a.sizes;
    out.back() = outputs;
    const std::string weight = Weight({outputs, a.sizes.back()});
    Add(out, "aten.linear.default(input=" + Use(a) + ", weight=" + weight + ", bias=none)");
  }

  std::mt19937 random_;
  GraphText text_;
  std::vector<Known> known_;
  std::set<std::string> read_;
  std::vector<std::string> places_;  // results that are no quantities
  int next_ = 0;
};

// In dB; differences of up to three steps of the program's coarsest scale are never counted.
double Sqnr(const HostTensor& expected, const HostTensor& found, double step) {
  double signal = 1e-30, noise = 1e-30, largest = 0;
  for (int64_t i = 0; i < expected.type.numel(); ++i) {
    const double x = expected.As<float>()[i], y = found.As<float>()[i];
    signal += x * x, noise += (x - y) * (x - y);
    largest = std::max(largest, std::abs(x - y));
  }
  if (largest <= 3.001 * step) return 200;
  return 10 * std::log10(signal / noise);
}

// The coarsest step in the program: what a difference of two equal values may leave of it.
double CoarsestStep(const Graph& graph) {
  double step = 0;
  for (const auto& value : graph.values())
    if (value->type.quantization && value->type.quantization->per_tensor())
      step = std::max(step, value->type.quantization->scale());
  return step;
}

// The worst of all outputs; empty message when all is well.
std::string Try(uint32_t seed, double* sqnr) {
  static const char* const kCpus[] = {"cortex-m55", "cortex-m4", "cortex-m0"};
  const std::string text = Program(seed, 4 + static_cast<int>(seed % 12)).Text();
  if (text.find("output") == std::string::npos) return "";  // every op was skipped
  try {
    Diagnostics diagnostics("seed " + std::to_string(seed));
    auto graph = ParseGraph(text, diagnostics);
    ThrowIfError(diagnostics);
    const std::vector<Sample> inputs = RandomInputs(*graph, -2, 2, 3, seed);
    CortexMTester tester({"seed " + std::to_string(seed), std::move(*graph)}, inputs,
                         TargetConfig::FromString(kCpus[seed % 3]));
    tester.Quantize().Export().ToEdge().RunPasses().ToExecutorch();
    tester.TestImplementation(0, {Venue::Kind::kHost, ""});
    const Graph& lowered = tester.lowered().graph;
    const std::string printed = PrintGraph(lowered);
    const auto again = ParseGraph(printed, diagnostics);
    ThrowIfError(diagnostics);
    if (PrintGraph(*again) != printed) return "the text form does not read back";
    for (const Sample& sample : inputs) {
      const auto reals = Evaluator(tester.edge().graph).Run(sample, diagnostics);
      const auto values = Evaluator(lowered).Run(sample, diagnostics);
      ThrowIfError(diagnostics);
      for (size_t o = 0; o < reals->size(); ++o)
        if ((*reals)[o].type.dtype == DType::kFloat32)
          *sqnr = std::min(*sqnr, Sqnr((*reals)[o], (*values)[o], CoarsestStep(lowered)));
    }
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

int Main(int argc, char** argv) {
  if (argc > 2 && std::string(argv[1]) == "--print") {
    const auto seed = static_cast<uint32_t>(std::atoi(argv[2]));
    std::fputs(Program(seed, 4 + static_cast<int>(seed % 12)).Text().c_str(), stdout);
    return 0;
  }
  const char* full = std::getenv("CORTICO_FULL");
  const bool is_full = full != nullptr && std::string(full) != "0" && *full != '\0';
  const int count = argc > 1 ? std::atoi(argv[1]) : is_full ? 10000 : 300;
  const int first = argc > 2 ? std::atoi(argv[2]) : 1;
  // What two roundings of each op in a chain of sixteen leave, in the worst program seen: 16 dB.
  constexpr double kLeast = 10;
  int failed = 0;
  double worst = 200;
  for (int seed = first; seed < first + count; ++seed) {
    double sqnr = 200;
    std::string why = Try(static_cast<uint32_t>(seed), &sqnr);
    if (why.empty() && sqnr < kLeast)
      why = "the dialect is " + std::to_string(sqnr) + " dB from fake quantization";
    worst = std::min(worst, sqnr);
    if (why.empty()) continue;
    ++failed;
    std::printf("FAILED seed %d: %s\n", seed, why.c_str());
  }
  std::printf("%d programs, %d failed; the farthest from fake quantization: %.1f dB\n", count, failed,
              worst);
  return failed == 0 && count > 0 ? 0 : 1;
}

}  // namespace
}  // namespace cortico

int main(int argc, char** argv) { return cortico::Main(argc, argv); }
