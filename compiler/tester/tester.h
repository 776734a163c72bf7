// CortexMTester: takes a float program through the stages of the pipeline, one call each as in
// PyTorch's testers, and asks two questions of what comes out.
//
//   CortexMTester(program, inputs).Quantize().Export().ToEdge().RunPasses().ToExecutorch()
//       .TestDialect({{"aten.conv2d.default", 1}}, {{"cortex_m::quantized_conv2d", 1}})
//       .TestImplementation();
#pragma once

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "compiler/pipeline.h"
#include "compiler/run/run.h"

namespace cortico {

/// What a tester found wrong: a difference, with its place and size.
class TestFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How often each op stands in a graph; ops that are not named are not counted.
using OpCounts = std::map<std::string, int>;

class CortexMTester {
 public:
  /// `inputs`: samples that calibrate the quantizer and are run by the tests.
  CortexMTester(ExportedProgram program, std::vector<Sample> inputs,
                TargetConfig target = TargetConfig());

  // ---- stages; each throws CompileError, and std::logic_error out of order ----
  CortexMTester& Quantize(const QuantizerOptions& options = {});  ///< prepare, calibrate, convert
  CortexMTester& Export();  ///< nothing to do here: a graph is exported already
  CortexMTester& ToEdge();
  CortexMTester& RunPasses();
  CortexMTester& ToExecutorch();

  /// The graph: how often the ops named stand in it before and after the passes, and nothing but
  /// the dialect after them. Its reference values: each output no more than `qtol` steps of its
  /// scale away from the quantize/dequantize program computed in float. Throws TestFailure.
  /// A result that was never quantized may differ by 1e-5 of its size.
  CortexMTester& TestDialect(const OpCounts& ops_before_transforms = {},
                             const OpCounts& ops_after_transforms = {}, int qtol = 1);
  /// The kernels: the program file run at `venue` (by default on the board that fits the target)
  /// gives outputs no more than `qtol` steps away from the reference values; 0 means the same
  /// bytes. A result that was never quantized may differ by the part `tolerance` of its size (of
  /// 0.01 where it is smaller). Throws TestFailure, or CompileError where the venue itself fails.
  CortexMTester& TestImplementation(int qtol = 0, const Venue& venue = {Venue::Kind::kQemu, ""},
                                    double tolerance = 0);

  const ExportedProgram& quantized() const { return quantized_.value(); }
  const EdgeProgram& edge() const { return edge_.value(); }
  const EdgeProgram& lowered() const { return lowered_.value(); }
  const std::vector<uint8_t>& pte() const { return pte_; }

 private:
  ExportedProgram program_;
  std::vector<Sample> inputs_;
  TargetConfig target_;
  std::optional<ExportedProgram> quantized_;
  std::optional<EdgeProgram> edge_, lowered_;
  std::vector<uint8_t> pte_;
};

}  // namespace cortico
