#include "compiler/target.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "compiler/graph/diagnostics.h"

namespace cortico {

const char* ToString(Isa isa) {
  switch (isa) {
    case Isa::kScalar: return "scalar";
    case Isa::kDsp: return "DSP";
    case Isa::kMve: return "MVE";
  }
  return "?";
}

const std::vector<CpuInfo>& AllCpus() {
  static constexpr Isa scalar = Isa::kScalar, dsp = Isa::kDsp, mve = Isa::kMve;
  static const std::vector<CpuInfo> cpus = {
#define CORTICO_CORE(preset, cpu, isa, board) {cpu, isa, #preset, board},
#include "boards/boards.inc"
  };
  return cpus;
}

std::optional<TargetConfig> TargetConfig::Find(std::string_view name) {
  std::string wanted(name);
  std::transform(wanted.begin(), wanted.end(), wanted.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (wanted.ends_with("+")) wanted = wanted.substr(0, wanted.size() - 1) + "plus";
  for (const CpuInfo& cpu : AllCpus()) {
    if (wanted != cpu.cpu && "cortex-" + wanted != cpu.cpu) continue;
    TargetConfig config;
    config.cpu = cpu.cpu;
    config.isa = cpu.isa;
    return config;
  }
  return std::nullopt;
}

TargetConfig TargetConfig::FromString(std::string_view name) {
  if (auto config = Find(name)) return *config;
  std::string known;
  for (const CpuInfo& cpu : AllCpus()) known += std::string(known.empty() ? "" : ", ") + cpu.cpu;
  throw CompileError({{Severity::kError, "", {}, "unknown target '" + std::string(name) + "'",
                       "choose one of " + known}});
}

std::optional<std::vector<MemoryBank>> ParseMemory(std::string_view text, std::string* error) {
  std::vector<MemoryBank> banks;
  const auto fail = [&](const std::string& why) {
    *error = "cannot read memory '" + std::string(text) + "': " + why +
             "; write it as dtcm=256K,sram=2M";
    return std::nullopt;
  };
  std::string_view rest = text;
  while (!rest.empty()) {
    const size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view item = rest.substr(0, comma);
    rest = comma == rest.size() ? std::string_view() : rest.substr(comma + 1);
    const size_t equals = item.find('=');
    if (equals == std::string_view::npos || equals == 0) return fail("a bank is NAME=SIZE");
    MemoryBank bank{std::string(item.substr(0, equals)), 0};
    std::string_view size = item.substr(equals + 1);
    int64_t unit = 1;
    if (!size.empty() && (size.back() == 'K' || size.back() == 'k')) unit = 1024;
    if (!size.empty() && (size.back() == 'M' || size.back() == 'm')) unit = 1024 * 1024;
    if (unit != 1) size.remove_suffix(1);
    int64_t number = 0;
    const auto [end, status] = std::from_chars(size.data(), size.data() + size.size(), number);
    if (status != std::errc() || end != size.data() + size.size() || number <= 0 ||
        number > (int64_t{1} << 31) / unit)
      return fail("a size is a whole number with K or M, at most 2048M");
    bank.bytes = number * unit;
    for (const MemoryBank& other : banks)
      if (other.name == bank.name) return fail("bank '" + bank.name + "' appears twice");
    banks.push_back(bank);
  }
  if (banks.empty()) return fail("it is empty");
  if (banks.size() > 4) return fail("at most four banks");
  return banks;
}

}  // namespace cortico
