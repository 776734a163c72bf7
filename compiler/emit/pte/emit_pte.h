// Writes the program file: FlatBuffers tables with identifier ET12, then segments.
//
//   0    root offset, "ET12"
//   8    extended header of 32 bytes: "eh00", its length, bytes of the tables (with it), where the
//        segments begin, bytes of the segments
//   40   the rest of the tables
//   …    segment 0: constants, each at a multiple of 16, equal ones once
//        then one segment per key of named data:
//        "cortico.v1.io"      names and quantization of inputs and outputs
//        (runtime/program/io_table.h) "cortico.v1.meta"    what a report needs (report_data.h)
//        "cortico.v1.target"  one byte: the Isa (the cpu's name is in the report table)
//
// Memory id b + 1 is bank b of the plan. Every tensor states its dim order. The arguments of a call
// are those of the schema in order, results among them, and then the result once more (several:
// a list of them), which is how ExecuTorch calls an out variant. Equal scalars, lists of scalars
// and constants are one value each.
#pragma once

#include "compiler/emit/pte/report_data.h"
#include "compiler/graph/graph.h"
#include "compiler/plan/plan.h"
#include "compiler/target.h"

namespace cortico {

/// Every segment and every constant in it begins at a multiple of it.
inline constexpr size_t kSegmentAlignment = 16;

/// `plan` is a plan of `lowered` for `target`. `strip` leaves only the target in the named data.
/// The same arguments give the same bytes. Empty after an error: a node that is not in the dialect
/// or whose arguments do not fit its op's fields, a size beyond 32 bits.
Bytes EmitPte(
    const Graph& lowered, const Plan& plan, const TargetConfig& target, const ReportData& report,
    bool strip, Diagnostics& diagnostics,
    const OpLookup& find_op = [](std::string_view name) { return FindOp(name); });

}  // namespace cortico
