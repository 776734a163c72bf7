#include "compiler/emit/cpp_model/op_source.h"

#include "ops_includes.inc"
#include "runtime/model/op_row.h"

namespace cortico {
namespace {

constexpr FieldShape kTensorOn64 = {24, 8};
static_assert(sizeof(void*) != 8 ||
              (sizeof(Tensor) == kTensorOn64.bytes && alignof(Tensor) == kTensorOn64.alignment));

template <template <class> class Op>
constexpr OpSource SourceOf(const char* folder, const char* type) {
  return {Op<Device>::kName,       internal::OverloadOf<Op<Device>>::kName,        folder, type,
          TargetRecordBytes<Op>(), 8 + RecordSize(FieldCodesOf<Op>(), kTensorOn64)};
}

constexpr OpSource kSources[] = {
#define CORTICO_OP(folder, Struct) SourceOf<ops::Struct>(#folder, #Struct),
#include "ops_list.inc"
#undef CORTICO_OP
};

}  // namespace

const OpSource* FindOpSource(const std::string& name, const std::string& overload) {
  for (const OpSource& source : kSources) {
    if (name == source.name && overload == source.overload) return &source;
  }
  return nullptr;
}

}  // namespace cortico
