#include <cmath>

#include "kernels/portable/portable.h"

namespace cortico::kernels::portable {
namespace {

// Calls row(in, out) for each line along the middle of [outer, along, inner].
template <class Row>
void ForEachLine(const float* in, float* out, int32_t outer, int32_t along, int32_t inner,
                 Row row) {
  for (int32_t o = 0; o < outer; ++o, in += along * inner, out += along * inner) {
    for (int32_t i = 0; i < inner; ++i) row(in + i, out + i);
  }
}

float LargestOfLine(const float* in, int32_t along, int32_t inner) {
  float largest = in[0];
  for (int32_t k = 1; k < along; ++k) {
    largest = largest < in[k * inner] ? in[k * inner] : largest;
  }
  return largest;
}

}  // namespace

void Normalize(const Norm& n, const float* in, const float* weight, const float* bias, float* out,
               float* mean_out, float* rstd_out) {
  for (int32_t r = 0; r < n.rows; ++r, in += n.width, out += n.width) {
    double sum = 0.0, squares = 0.0;
    for (int32_t i = 0; i < n.width; ++i) sum += static_cast<double>(in[i]);
    const double mean = sum / n.width;
    for (int32_t i = 0; i < n.width; ++i) {
      const double d = static_cast<double>(in[i]) - mean;
      squares += d * d;
    }
    const double scale = 1.0 / std::sqrt(squares / n.width + n.eps);
    const int32_t first = r % n.groups * n.width;
    for (int32_t i = 0; i < n.width; ++i) {
      const int32_t at = (first + i) / n.run;
      double y = (static_cast<double>(in[i]) - mean) * scale;
      if (weight != nullptr) y *= static_cast<double>(weight[at]);
      if (bias != nullptr) y += static_cast<double>(bias[at]);
      out[i] = static_cast<float>(y);
    }
    mean_out[r] = static_cast<float>(mean);
    rstd_out[r] = static_cast<float>(scale);
  }
}

void Softmax(const float* in, float* out, int32_t outer, int32_t along, int32_t inner) {
  ForEachLine(in, out, outer, along, inner, [&](const float* from, float* to) {
    const float largest = LargestOfLine(from, along, inner);
    double sum = 0.0;
    for (int32_t k = 0; k < along; ++k) {
      const float power = std::exp(from[k * inner] - largest);
      to[k * inner] = power;
      sum += static_cast<double>(power);
    }
    for (int32_t k = 0; k < along; ++k) {
      to[k * inner] = static_cast<float>(static_cast<double>(to[k * inner]) / sum);
    }
  });
}

void LogSoftmax(const float* in, float* out, int32_t outer, int32_t along, int32_t inner) {
  ForEachLine(in, out, outer, along, inner, [&](const float* from, float* to) {
    const float largest = LargestOfLine(from, along, inner);
    double sum = 0.0;
    for (int32_t k = 0; k < along; ++k) {
      sum += static_cast<double>(std::exp(from[k * inner] - largest));
    }
    const float logarithm = std::log(static_cast<float>(sum));
    for (int32_t k = 0; k < along; ++k) to[k * inner] = from[k * inner] - largest - logarithm;
  });
}

}  // namespace cortico::kernels::portable
