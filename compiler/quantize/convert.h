// The rewriting half of ConvertPt2e.
#pragma once

#include <vector>

#include "compiler/quantize/observer.h"
#include "compiler/quantize/quantizer.h"

namespace cortico {

class Diagnostics;

/// A copy of `graph` with quantize/dequantize pairs as prepare.h describes. `parameters` has an
/// entry per group of the annotation. Notes tell where a weight's scale was raised for its bias.
Graph InsertQuantization(const Graph& graph, const Annotation& annotation,
                         const std::vector<AffineParameters>& parameters, Diagnostics& diagnostics);

/// One scale per slice of `axis` (or a single one for axis -1) of a float32 constant, as prepare.h
/// says: max|w| / 127, or with kMse the one of 0.50, 0.51, …, 1.00 times that which loses least,
/// the sum of (w - clamp(round(w / scale), -127, 127) * scale)^2. `bias` may be null; it has one
/// element per slice, or any number when axis is -1.
std::vector<float> ChooseWeightScales(const Value& weight, int axis, const Value* bias,
                                      float activation_scale, std::vector<int64_t>* raised,
                                      ObserverKind observer = ObserverKind::kMinMax);

}  // namespace cortico
