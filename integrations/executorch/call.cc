#include "integrations/executorch/call.h"

#include <executorch/runtime/platform/log.h>

#include "runtime/core/layout.h"

namespace cortico::executorch {

void Fields::Take(Tensor& field, const EtTensor& value) {
  const auto rank = static_cast<size_t>(value.dim());
  const auto order = value.dim_order();
  if (!Fits(rank <= kMaxRank && order.size() == rank && value.nbytes() <= INT32_MAX &&
            IsPermutation(order.data(), static_cast<uint32_t>(rank)))) {
    return;
  }
  field.data = value.mutable_data_ptr();
  field.sizes = value.sizes().data();
  field.dtype = static_cast<DType>(value.scalar_type());
  field.rank = static_cast<uint8_t>(rank);
  field.layout = LayoutOf(field.sizes, order.data(), static_cast<uint32_t>(rank));
}

void Fields::Fail(KernelRuntimeContext& context, const char* op, Error error) {
  ET_LOG(Error, "%s: %s", op, ToString(error));
  context.fail(error == Error::kWrongTarget ? ::executorch::runtime::Error::NotSupported
                                            : ::executorch::runtime::Error::InvalidArgument);
}

}  // namespace cortico::executorch
