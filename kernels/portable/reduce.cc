#include <type_traits>

#include "kernels/portable/portable.h"

namespace cortico::kernels::portable {
namespace {

// value = step(value, element), from `start`.
template <class T, class Step>
T Fold(Array in, int32_t first, const Walk& terms, T start, Step step) {
  terms.Each([&](int32_t offset) {
    if constexpr (std::is_integral_v<T>) {
      start = step(start, in.Int(first + offset));
    } else {
      start = step(start, static_cast<T>(in.Float(first + offset)));
    }
  });
  return start;
}

double InfinityOf(int sign) { return sign * __builtin_inf(); }

// The place of the element that comes before all others; of equals the first.
template <class Before>
int64_t PlaceOf(Array in, int32_t first, const Walk& terms, Before before) {
  int32_t place = 0, best = 0;
  int32_t best_offset = first;
  terms.Each([&](int32_t offset) {
    if (before(in, first + offset, best_offset)) {
      best = place;
      best_offset = first + offset;
    }
    ++place;
  });
  return best;
}

bool Above(Array in, int32_t a, int32_t b) {
  if (in.element != Element::kFloat32) return in.Int(a) > in.Int(b);
  const float x = in.Float(a), y = in.Float(b);
  return x > y || (x != x && y == y);
}

bool Below(Array in, int32_t a, int32_t b) {
  if (in.element != Element::kFloat32) return in.Int(a) < in.Int(b);
  const float x = in.Float(a), y = in.Float(b);
  return x < y || (x != x && y == y);
}

}  // namespace

int32_t Walk::count() const {
  int32_t n = 1;
  for (int i = 0; i < rank; ++i) n *= sizes[i];
  return n;
}

void Reduce(Array in, Array out, const Walk& kept, const Walk& reduced, Reducer f,
            double parameter) {
  int32_t i = 0;
  kept.Each([&](int32_t offset) {
    out.Set(i++, static_cast<float>(f(in, offset, reduced, parameter)));
  });
}

void ReduceInts(Array in, Array out, const Walk& kept, const Walk& reduced, IntReducer f) {
  int32_t i = 0;
  kept.Each([&](int32_t offset) { out.Set(i++, f(in, offset, reduced)); });
}

double SumOf(Array in, int32_t first, const Walk& terms, double) {
  return Fold(in, first, terms, 0.0, [](double a, double b) { return a + b; });
}

double MeanOf(Array in, int32_t first, const Walk& terms, double) {
  return SumOf(in, first, terms, 0) / terms.count();
}

double VarianceOf(Array in, int32_t first, const Walk& terms, double correction) {
  const double mean = MeanOf(in, first, terms, 0);
  const double squares = Fold(in, first, terms, 0.0, [mean](double a, double b) {
    return a + (b - mean) * (b - mean);
  });
  const double divisor = terms.count() - correction;
  return squares / (divisor > 0 ? divisor : 0.0);
}

double LargestOf(Array in, int32_t first, const Walk& terms, double) {
  return Fold(in, first, terms, InfinityOf(-1),
              [](double a, double b) { return b > a || b != b ? b : a; });
}

double SmallestOf(Array in, int32_t first, const Walk& terms, double) {
  return Fold(in, first, terms, InfinityOf(1),
              [](double a, double b) { return b < a || b != b ? b : a; });
}

// Sums wrap around, as in torch: unsigned, where that is defined.
int64_t IntSumOf(Array in, int32_t first, const Walk& terms) {
  return Fold(in, first, terms, int64_t{0}, [](int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  });
}

int64_t IntLargestOf(Array in, int32_t first, const Walk& terms) {
  return Fold(in, first, terms, INT64_MIN, [](int64_t a, int64_t b) { return b > a ? b : a; });
}

int64_t IntSmallestOf(Array in, int32_t first, const Walk& terms) {
  return Fold(in, first, terms, INT64_MAX, [](int64_t a, int64_t b) { return b < a ? b : a; });
}

int64_t PlaceOfLargest(Array in, int32_t first, const Walk& terms) {
  return PlaceOf(in, first, terms, Above);
}

int64_t PlaceOfSmallest(Array in, int32_t first, const Walk& terms) {
  return PlaceOf(in, first, terms, Below);
}

int64_t AnyOf(Array in, int32_t first, const Walk& terms) {
  bool any = false;
  terms.Each([&](int32_t offset) {
    any = any || (in.element == Element::kFloat32 ? in.Float(first + offset) != 0.0f
                                                  : in.Int(first + offset) != 0);
  });
  return any;
}

void CumulativeSum(Array in, Array out, int32_t outer, int32_t along, int32_t inner) {
  const bool floats = out.element == Element::kFloat32;
  for (int32_t o = 0; o < outer; ++o) {
    for (int32_t i = 0; i < inner; ++i) {
      double real = 0;
      uint64_t whole = 0;
      for (int32_t k = 0; k < along; ++k) {
        const int32_t at = (o * along + k) * inner + i;
        if (floats) {
          real += static_cast<double>(in.Float(at));
          out.Set(at, static_cast<float>(real));
        } else {
          whole += static_cast<uint64_t>(in.Int(at));
          out.Set(at, static_cast<int64_t>(whole));
        }
      }
    }
  }
}

}  // namespace cortico::kernels::portable
