// Bad input ends in one message. The example's .pt2, the .pte that is compiled from it and an .npz
// of its samples, cut off and damaged at random, read in this process: no crash, no hang, and never
// a refusal without a message that names the file. Means most under the sanitizers (host-asan).
//
// A failure prints the line that replays it:
//   CORTICO_DAMAGE_SEED   of the run; 1 when not set
//   CORTICO_DAMAGE_CASE   the one case to run
//   CORTICO_DAMAGE_SAVE   a file that this case is written to
//   CORTICO_FULL=1        every truncation and 20,000 mutations instead of 2,000 of each
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>

#include "compiler/data/npy.h"
#include "compiler/emit/pte/read_pte.h"
#include "compiler/pipeline.h"
#include "testing/damage/mutate.h"
#include "testing/damage/readers.h"
#include "testing/damage/watch.h"

namespace cortico::testing {
namespace {

const char* Setting(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? nullptr : text;
}

uint64_t Number(const char* name, uint64_t otherwise) {
  const char* text = Setting(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 0);
}

bool Full() { return Number("CORTICO_FULL", 0) != 0; }
uint64_t Seed() { return Number("CORTICO_DAMAGE_SEED", 1); }
size_t Mutations() { return Full() ? 20000 : 2000; }

/// The example as it comes, and what is made from it once.
class Example {
 public:
  static const Bytes& Pt2() {
    static const Bytes bytes = [] {
      std::ifstream file(CORTICO_EXAMPLE_PT2, std::ios::binary);
      return Bytes(std::istreambuf_iterator<char>(file), {});
    }();
    return bytes;
  }
  static const Bytes& Pte() {
    static const Bytes bytes = [] {
      ExportedProgram program = Program();
      const std::vector<TensorType> types = {program.graph.inputs.at(0)->type};
      const CalibrationData noise{1, [&](size_t) { return Noise(types); }};
      Compilation result = Compile(std::move(program), &noise, {});
      ThrowIfError(result.diagnostics);
      return std::move(result.pte);
    }();
    return bytes;
  }
  static const PteFile& PteTables() {
    static const PteFile file = [] {
      Diagnostics diagnostics;
      auto read = ReadPte(Pte(), diagnostics);
      ThrowIfError(diagnostics);
      return std::move(*read);
    }();
    return file;
  }
  static const std::vector<DataInput>& Inputs() {
    static const std::vector<DataInput> inputs = [] {
      const ExportedProgram program = Program();
      std::vector<DataInput> list;
      for (const Value* input : program.graph.inputs) list.push_back({input->name, input->type});
      return list;
    }();
    return inputs;
  }
  static const Bytes& Npz() {
    static const Bytes bytes = [] {
      constexpr int64_t kSamples = 8;
      TensorType type = Inputs().at(0).type;
      type.sizes[0] = kSamples;
      HostTensor labels{{DType::kInt64, {kSamples}, {}, {}}, Bytes(kSamples * sizeof(int64_t))};
      Diagnostics diagnostics;
      auto made = SerializeNpz({{Inputs().at(0).name, Noise({type}).at(0)}, {"y", labels}},
                               /*deflate=*/false, diagnostics);
      ThrowIfError(diagnostics);
      return std::move(*made);
    }();
    return bytes;
  }

 private:
  static ExportedProgram Program() { return ImportPt2(CORTICO_EXAMPLE_PT2); }
};

class DamageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    name_ = std::string(info->test_suite_name()) + "." + info->name();
    StartWatching();
  }
  void TearDown() override { StopWatching(); }

  /// Runs cases 0 … count - 1 until one breaks a promise. Returns how many were let through.
  size_t Run(size_t count, const std::function<Bytes(size_t)>& make,
             const std::function<Verdict(size_t, const Bytes&)>& attempt) {
    const auto start = std::chrono::steady_clock::now();
    size_t first = 0;
    size_t end = count;
    if (Setting("CORTICO_DAMAGE_CASE") != nullptr) {
      first = Number("CORTICO_DAMAGE_CASE", 0);
      end = std::min(count, first + 1);
    }
    size_t accepted = 0;
    for (size_t i = first; i < end && !HasFailure(); ++i) {
      const std::string replay = "CORTICO_DAMAGE_SEED=" + std::to_string(Seed()) +
                                 " CORTICO_DAMAGE_CASE=" + std::to_string(i) +
                                 (Full() ? " CORTICO_FULL=1" : "") +
                                 " damage_test --gtest_filter=" + name_;
      WatchCase(replay);
      const Bytes bytes = make(i);
      if (const char* path = Setting("CORTICO_DAMAGE_SAVE")) {
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
      }
      const Verdict verdict = attempt(i, bytes);
      EXPECT_EQ(verdict.broken, "") << replay;
      accepted += verdict.accepted ? 1 : 0;
    }
    StopWatching();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::printf("%zu cases, %zu let through, seed %llu, %.1f s\n", end - first, accepted,
                static_cast<unsigned long long>(Seed()), seconds.count());
    return accepted;
  }
  size_t Truncate(const Bytes& whole, const Ranges& important,
                  const std::function<Verdict(const Bytes&)>& attempt) {
    const std::vector<size_t> lengths = TruncationLengths(whole.size(), important, Full());
    return Run(
        lengths.size(),
        [&](size_t i) {
          return Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(lengths[i]));
        },
        [&](size_t, const Bytes& bytes) { return attempt(bytes); });
  }
  size_t Mutate(const std::function<Bytes(Random&)>& make,
                const std::function<Verdict(size_t, const Bytes&)>& attempt) {
    return Run(
        Mutations(),
        [&](size_t i) {
          Random random(Seed(), i);
          return make(random);
        },
        attempt);
  }

  std::string name_;
};

/// A compilation costs a hundred times what an import does: a tenth of the cases go so far.
bool CompilesToo(size_t number) { return number % 10 == 0; }

Verdict Pte(const Bytes& bytes) { return TryPte(bytes, Example::PteTables().bank_bytes); }
Verdict Npz(const Bytes& bytes) { return TryNpz(bytes, Example::Inputs()); }

Bytes MutatedCopy(Random& random, const Bytes& whole, const Ranges& important) {
  Bytes bytes = whole;
  MutateBytes(random, important, &bytes);
  return bytes;
}

Ranges PteRanges() {
  const PteFile& file = Example::PteTables();
  const auto tables = static_cast<size_t>(file.table_bytes);
  // Header and tables; named data lie behind the constants.
  const auto named = static_cast<size_t>(file.constant_segment_at + file.constant_bytes);
  return {{0, 64}, {0, tables}, {0, tables}, {0, tables}, {named, file.file.size()}};
}

// ---- the files are sound to begin with ----------------------------------------------------------

TEST_F(DamageTest, SoundFilesAreLetThrough) {
  WatchCase("the sound files");
  const Verdict pt2 = TryPt2(Example::Pt2(), true);
  EXPECT_TRUE(pt2.accepted) << pt2.broken;
  const Verdict pte = Pte(Example::Pte());
  EXPECT_TRUE(pte.accepted) << pte.broken;
  const Verdict npz = Npz(Example::Npz());
  EXPECT_TRUE(npz.accepted) << npz.broken;
  std::printf("%zu bytes of .pt2, %zu of .pte, %zu of .npz\n", Example::Pt2().size(),
              Example::Pte().size(), Example::Npz().size());
}

// ---- truncations ---------------------------------------------------------------------------------

TEST_F(DamageTest, Pt2Truncated) {
  const auto archive = Archive::Open(Example::Pt2());
  ASSERT_TRUE(archive);
  EXPECT_EQ(0u, Truncate(Example::Pt2(), archive->records(),
                         [](const Bytes& bytes) { return TryPt2(bytes, true); }));
}

TEST_F(DamageTest, PteTruncated) {
  EXPECT_EQ(0u, Truncate(Example::Pte(), PteRanges(), Pte));
}

TEST_F(DamageTest, NpzTruncated) {
  const auto archive = Archive::Open(Example::Npz());
  ASSERT_TRUE(archive);
  EXPECT_EQ(0u, Truncate(Example::Npz(), archive->records(), Npz));
}

// ---- the file's bytes ----------------------------------------------------------------------------

TEST_F(DamageTest, Pt2Bytes) {
  const auto archive = Archive::Open(Example::Pt2());
  ASSERT_TRUE(archive);
  Mutate([&](Random& random) { return MutatedCopy(random, Example::Pt2(), archive->records()); },
         [](size_t i, const Bytes& bytes) { return TryPt2(bytes, CompilesToo(i)); });
}

TEST_F(DamageTest, PteBytes) {
  const Ranges important = PteRanges();
  Mutate([&](Random& random) { return MutatedCopy(random, Example::Pte(), important); },
         [](size_t, const Bytes& bytes) { return Pte(bytes); });
}

TEST_F(DamageTest, NpzBytes) {
  const auto archive = Archive::Open(Example::Npz());
  ASSERT_TRUE(archive);
  Mutate([&](Random& random) { return MutatedCopy(random, Example::Npz(), archive->records()); },
         [](size_t, const Bytes& bytes) { return Npz(bytes); });
}

// ---- inside of the archives, checksums mended ----------------------------------------------------

TEST_F(DamageTest, Pt2Entries) {
  const auto archive = Archive::Open(Example::Pt2());
  ASSERT_TRUE(archive);
  Mutate([&](Random& random) { return archive->Mutate(random); },
         [](size_t i, const Bytes& bytes) { return TryPt2(bytes, CompilesToo(i)); });
}

TEST_F(DamageTest, NpzEntries) {
  const auto archive = Archive::Open(Example::Npz());
  ASSERT_TRUE(archive);
  Mutate([&](Random& random) { return archive->Mutate(random); },
         [](size_t, const Bytes& bytes) { return Npz(bytes); });
}

}  // namespace
}  // namespace cortico::testing
