// Classifies a few images of clothing and compares the logits with those of the host, bit for bit.
#include <cstddef>
#include <cstring>
#include <iterator>
#include <string_view>
#include <type_traits>

#include "expected.h"
#include "fashion_mnist.h"
#include "runtime/model/model.h"
#include "runtime/platform/platform.h"
#include "samples.h"

namespace {

using cortico::Error;
using cortico::Model;
using cortico::Program;
using cortico::platform::Log;

constexpr std::string_view kClasses[] = {"T-shirt/top", "Trouser",   "Pullover", "Dress",
                                         "Coat",        "Sandal",    "Shirt",    "Sneaker",
                                         "Bag",         "Ankle boot"};
constexpr size_t kImages = sizeof(samples::x) / sizeof(samples::x[0]);
static_assert(sizeof(samples::x[0]) == fashion_mnist::kInputs[0].bytes);
static_assert(sizeof(expected::data[0]) == fashion_mnist::kOutputs[0].bytes);

// float, or int8_t of a program compiled with --io int8.
using Logit = std::remove_cv_t<std::remove_all_extents_t<decltype(expected::data)>>;

size_t LargestOf(const Logit* logits) {
  size_t best = 0;
  for (size_t i = 1; i < std::size(kClasses); ++i) {
    if (logits[i] > logits[best]) best = i;
  }
  return best;
}

int g_right;
int g_different;

Error Classify() {
  CORTICO_TRY(Program program, Program::Open(fashion_mnist::Pte()));
  CORTICO_TRY(Model model, Model::Load(program, fashion_mnist::StaticArena()));
  for (size_t i = 0; i < kImages; ++i) {
    std::memcpy(model.Input(0).data(), samples::x[i], model.Input(0).nbytes());
    model.Run();
    const auto* logits = static_cast<const Logit*>(model.Output(0).data());
    const size_t answer = LargestOf(logits);
    Log(kClasses[answer]);
    if (answer == static_cast<size_t>(samples::y[i][0])) ++g_right;
    if (std::memcmp(logits, expected::data[i], sizeof(expected::data[i])) != 0) {
      ++g_different;
      Log("  not the logits of the host");
    }
  }
  return Error::kOk;
}

}  // namespace

int main() {
  const Error error = Classify();
  if (error != Error::kOk) {
    Log(cortico::ToString(error));
    return 2;
  }
  if (g_different != 0 || g_right * 2 < static_cast<int>(kImages)) return 1;
  Log("all logits are those of the host");
  return 0;
}
