// What can go wrong before a model runs. After `Model::Load` nothing is left to fail.
#pragma once

#include <cstdint>

namespace cortico {

/// One row per failure: enumerator, sentence for a log or a report.
#define CORTICO_ERRORS(X)                                                              \
  X(kOk, "no error")                                                                   \
  X(kTruncated, "the program is shorter than its header says")                         \
  X(kNotAProgram, "this is not an ExecuTorch program (identifier ET12 expected)")      \
  X(kCorrupt, "the program's tables are damaged")                                      \
  X(kMisaligned, "the program or the arena is not aligned to 16 bytes")                \
  X(kIndexOutOfRange, "the program refers to something that it does not hold")         \
  X(kSizeOverflow, "a tensor's size does not fit the memory it is given")              \
  X(kUnsupported, "the program uses a feature that this runtime does not have")        \
  X(kUnknownOperator, "the program calls an operator that is not in the table of ops") \
  X(kBadArgument, "an operator has an argument of the wrong kind or value")            \
  X(kBadShape, "an operator's tensors do not fit together")                            \
  X(kBadType, "a tensor has a type or layout that the operator does not take")         \
  X(kWrongTarget, "the program was compiled for another family of cores")              \
  X(kArenaTooSmall, "the arena is too small for this program")                         \
  X(kSumOverflow, "an operator's sums may leave 32 bits")                              \
  X(kDataIndex, "an index in the data is out of range; the nearest one was taken")

enum class Error : uint8_t {
#define CORTICO_ERROR_ENUMERATOR(name, text) name,
  CORTICO_ERRORS(CORTICO_ERROR_ENUMERATOR)
#undef CORTICO_ERROR_ENUMERATOR
};

/// The sentence of an error; never null.
const char* ToString(Error error);

}  // namespace cortico
