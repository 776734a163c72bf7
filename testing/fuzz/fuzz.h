// What the fuzzers share: the promise, and mutation of archives from the inside.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "compiler/data/zip.h"
#include "testing/damage/mutate.h"
#include "testing/damage/readers.h"

/// libFuzzer's own mutations: in place, returns the new size.
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace cortico::testing {

/// Ends the process, which libFuzzer reports as a finding, when a promise was broken.
inline void Expect(const Verdict& verdict) {
  if (verdict.broken.empty()) return;
  std::fprintf(stderr, "*** %s\n", verdict.broken.c_str());
  std::abort();
}

/// Half of the time the bytes of the archive. Otherwise those of one entry, or JSON as JSON, with
/// checksums that fit again: damage that no checksum shows is beyond what bytes alone would find.
inline size_t MutateArchive(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  Random random(seed);
  const auto archive = random.Percent(50) ? std::nullopt
                                          : Archive::Open(Bytes(data, data + size));
  if (!archive) return LLVMFuzzerMutate(data, size, max_size);
  const Bytes changed = archive->Mutate(random, [](Bytes* entry) {
    entry->resize(entry->size() + 64);
    entry->resize(LLVMFuzzerMutate(entry->data(), entry->size() - 64, entry->size()));
  });
  if (changed.empty() || changed.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(data, changed.data(), changed.size());
  return changed.size();
}

}  // namespace cortico::testing
