// The properties on the host: RapidCheck makes the tapes, 10,000 of each function (CORTICO_FULL=1:
// 100,000), and shortens one that fails.
//   RC_PARAMS="seed=7 max_success=500"   other cases, or fewer
//   CORTICO_SEED=17                      the one case of a seed, as a board names it
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <ostream>
#include <sstream>

#include "kernels/testing/property.h"

namespace cortico::testing {

void PrintTo(const Property& property, std::ostream* out) { *out << property.name; }

namespace {

// Each number of the tape to 0, to a half, and a little down, the first ones first.
rc::Seq<Tape> SimplerTapes(const Tape& tape) {
  return rc::seq::mapcat(rc::seq::range(0, kTapeLength), [tape](int place) {
    const uint32_t number = tape[place];
    std::vector<Tape> tapes;
    uint32_t last = number;
    for (const uint32_t simpler : {0u, number / 2, number - number / 8, number - number / 64}) {
      if (simpler >= last && simpler != 0) continue;
      if (number == 0) break;
      tapes.push_back(tape);
      tapes.back()[place] = simpler;
    }
    return rc::seq::fromContainer(std::move(tapes));
  });
}

rc::Shrinkable<Tape> Shrinking(const Tape& tape) {
  return rc::shrinkable::shrinkRecur(tape, [](const Tape& other) { return SimplerTapes(other); });
}

rc::Gen<Tape> Tapes() {
  return [](const rc::Random& random, int) {
    rc::Random source = random;
    return Shrinking(MakeTape(static_cast<uint32_t>(source.next())));
  };
}

std::string Describe(const Verdict& verdict) {
  std::ostringstream text;
  text << verdict.function << ": " << verdict.what;
  if (verdict.got != verdict.expected) {
    text << " " << verdict.index << " is " << verdict.got << ", not " << verdict.expected;
  }
  return text.str();
}

Verdict RunTape(const Property& property, const Tape& tape) {
  Draw draw(tape);
  Verdict verdict;
  property.run(draw, verdict);
  return verdict;
}

// The configuration of all RapidCheck tests is read once, whoever runs first; the counts here are these
// properties' own.
rc::detail::TestParams Params() {
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  if (std::getenv("RC_PARAMS") != nullptr) return params;
  const char* full = std::getenv("CORTICO_FULL");
  params.seed = 1;
  params.maxSuccess = full != nullptr && std::string(full) != "0" ? 100000 : 10000;
  return params;
}

class KernelProperty : public ::testing::TestWithParam<Property> {};

TEST_P(KernelProperty, Holds) {
  if (const char* seed = std::getenv("CORTICO_SEED")) {
    const Verdict verdict =
        RunTape(GetParam(), MakeTape(static_cast<uint32_t>(std::strtoul(seed, nullptr, 10))));
    ASSERT_TRUE(verdict.good()) << Describe(verdict);
    return;
  }
  const auto holds = [] {
    const Verdict verdict = RunTape(GetParam(), *Tapes());
    if (!verdict.good()) RC_FAIL(Describe(verdict));
  };
  const rc::detail::TestParams params = Params();
  rc::detail::TestMetadata metadata;
  metadata.id = metadata.description = GetParam().name;
  const rc::detail::TestResult result = rc::detail::checkTestable(holds, metadata, params);
  std::ostringstream message;
  rc::detail::printResultMessage(result, message);
  ASSERT_TRUE(result.is<rc::detail::SuccessResult>()) << message.str();
  EXPECT_EQ(result.get<rc::detail::SuccessResult>().numSuccess, params.maxSuccess);
}

INSTANTIATE_TEST_SUITE_P(All, KernelProperty, ::testing::ValuesIn(kProperties),
                         [](const auto& chosen) { return std::string(chosen.param.name); });

// What fails is made as small as it gets: by hand, as rc::check would print it.
TEST(Property, AFailingTapeIsShortened) {
  const auto fails = [](const Tape& tape) {
    Draw draw(tape);
    const int channels = draw.Int(1, 40), width = draw.Int(1, 30);
    return channels >= 17 && width >= 3;
  };
  uint32_t seed = 1;
  while (!fails(MakeTape(seed))) ++seed;
  rc::Shrinkable<Tape> smallest = Shrinking(MakeTape(seed));
  for (bool moved = true; moved;) {
    moved = false;
    auto shrinks = smallest.shrinks();
    while (const auto next = shrinks.next()) {
      moved = fails(next->value());
      if (!moved) continue;
      smallest = *next;
      break;
    }
  }
  Draw draw(smallest.value());
  EXPECT_EQ(draw.Int(1, 40), 17);
  EXPECT_EQ(draw.Int(1, 30), 3);
}

}  // namespace
}  // namespace cortico::testing
