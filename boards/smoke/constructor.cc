// A firmware that the linker script must refuse: nobody would run the constructor of `g_value`.
int Compute();

namespace {
int g_value = Compute();
}

__attribute__((noinline)) int Compute() {
  static volatile int seed = 3;
  return seed;
}

int main() { return g_value; }
