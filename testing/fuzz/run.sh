#!/usr/bin/env bash
# Builds the fuzzers and runs each: 20 s, with CORTICO_FULL=1 300 s. Ends with 1 on a finding, which
# then lies in build/host-asan/findings; run the fuzzer with that file to see it again.
set -euo pipefail
cd "$(dirname "$0")/../.."
case "${CORTICO_FULL:-0}" in
  0 | "") seconds=20 ;;
  *) seconds=300 ;;
esac
readers="pt2 pte npz text"
build=build/host-asan
jobs=${CORTICO_JOBS:-$(nproc)}

[ -f "$build/build.ninja" ] || cmake --preset host-asan -DCORTICO_BUILD_TESTS=ON >/dev/null
cmake --build "$build" -j "$jobs" --target fuzzers -- --quiet

# What one run found interesting, the next one begins with.
"$build"/testing/fuzz/fuzz_seeds "$build"/fuzz/seeds
mkdir -p "$build"/findings
rm -f "$build"/findings/*

run_one() {
  local reader=$1 status=0
  mkdir -p "$build/fuzz/corpus/$reader"
  # A stack that deep, or an allocation that large, is a finding too.
  ASAN_OPTIONS=detect_stack_use_after_return=0 "$build/testing/fuzz/${reader}_fuzz" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$build/findings/$reader-" \
    "$build/fuzz/corpus/$reader" "$build/fuzz/seeds/$reader" >"$build/fuzz/$reader.log" 2>&1 ||
    status=$?
  printf '%-5s %9s executions, %5s blocks covered, %4s files in the corpus\n' "$reader" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/fuzz/$reader.log")" \
    "$(grep -oE 'cov: [0-9]+' "$build/fuzz/$reader.log" | tail -1 | cut -c6-)" \
    "$(find "$build/fuzz/corpus/$reader" -type f | wc -l)"
  [ $status -eq 0 ] && return
  echo "-- $reader: a finding" >&2
  grep -nE -A30 '^\*\*\*|ERROR: |runtime error' "$build/fuzz/$reader.log" | head -60 >&2
  return 1
}
export -f run_one
export build seconds
# shellcheck disable=SC2086
printf '%s\n' $readers | xargs -P "$jobs" -I{} bash -c 'run_one {}'
