#include "compiler/tools/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace cortico::tools {
namespace {

bool IsTerminal(std::FILE* stream) { return ::isatty(::fileno(stream)) == 1; }

bool IsDumb() {
  const char* term = std::getenv("TERM");
  return term == nullptr || std::string_view(term) == "dumb";
}

const char* Code(Style style) {
  switch (style) {
    case Style::kBold:
      return "1";
    case Style::kDim:
      return "2";
    case Style::kRed:
      return "1;31";
    case Style::kYellow:
      return "1;33";
    case Style::kGreen:
      return "1;32";
    case Style::kCyan:
      return "36";
  }
  return "0";
}

std::string Padded(std::string_view text, size_t width, Table::Align align) {
  const std::string blanks(width - std::min(width, DisplayWidth(text)), ' ');
  return align == Table::Align::kRight ? blanks + std::string(text) : std::string(text) + blanks;
}

}  // namespace

Palette::Palette(ColorMode mode, std::FILE* stream) {
  const char* no_color = std::getenv("NO_COLOR");
  enabled_ =
      mode == ColorMode::kAlways || (mode == ColorMode::kAuto && IsTerminal(stream) && !IsDumb() &&
                                     (no_color == nullptr || *no_color == '\0'));
}

std::string Palette::operator()(Style style, std::string_view text) const {
  if (!enabled_ || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", Code(style), text);
}

size_t DisplayWidth(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

void Table::Row(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::ToString(int indent, const Palette& palette) const {
  std::vector<size_t> widths(columns_.size(), 0), shown;
  for (size_t c = 0; c < columns_.size(); ++c) {
    for (const auto& row : rows_) widths[c] = std::max(widths[c], DisplayWidth(row[c]));
    if (widths[c] == 0) continue;
    widths[c] = std::max(widths[c], DisplayWidth(columns_[c].title));
    shown.push_back(c);
  }
  const auto line = [&](const auto& cell_of) {
    std::string text;
    for (const size_t c : shown) {
      if (c != shown.front()) text += "  ";
      text += Padded(cell_of(c), widths[c], columns_[c].align);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  };
  const std::string margin(static_cast<size_t>(indent), ' ');
  const std::string titles = line([&](size_t c) { return columns_[c].title; });
  std::string text;
  if (!titles.empty()) text += margin + palette(Style::kDim, titles) + "\n";
  for (const auto& row : rows_) {
    const std::string cells = line([&](size_t c) { return row[c]; });
    text += (cells.empty() ? "" : margin + cells) + "\n";
  }
  return text;
}

Progress::Progress(bool enabled)
    : enabled_(enabled && IsTerminal(stderr) && !IsDumb()),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

void Progress::Update(std::string_view what, size_t done, size_t total) {
  if (!enabled_) return;
  const auto now = std::chrono::steady_clock::now();
  // A second without a sign of life is the most one waits; ten changes a second are enough.
  if (now - start_ < std::chrono::milliseconds(800)) return;
  if (drawn_ && now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  drawn_ = true;
  std::string text = fmt::format("\r\x1b[K{} ", what);
  if (total > 0) {
    constexpr size_t kWidth = 30;
    const size_t filled = kWidth * std::min(done, total) / total;
    text += fmt::format("[{}{}] {}/{}", std::string(filled, '='), std::string(kWidth - filled, ' '),
                        Grouped(static_cast<int64_t>(done)), Grouped(static_cast<int64_t>(total)));
  } else if (done > 0) {
    text += Grouped(static_cast<int64_t>(done));
  } else {
    text += "…";
  }
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

void Progress::Clear() {
  if (!drawn_) return;
  drawn_ = false;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
}

std::string Grouped(int64_t number) {
  const std::string digits = fmt::format("{}", number);
  const size_t first = number < 0 ? 1 : 0;
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > first && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string ByteCount(int64_t bytes) { return Grouped(bytes) + " B"; }

std::string Counted(int64_t number, std::string_view singular) {
  return fmt::format("{} {}{}", Grouped(number), singular, number == 1 ? "" : "s");
}

std::string Duration(double seconds) {
  if (seconds < 10) return fmt::format("{:.2f} s", seconds);
  if (seconds < 100) return fmt::format("{:.0f} s", seconds);
  const auto whole = static_cast<int64_t>(std::lround(seconds));
  return fmt::format("{} min {} s", Grouped(whole / 60), whole % 60);
}

std::string Decibels(double db) {
  if (std::isnan(db)) return "-";
  if (std::isinf(db)) return db > 0 ? "exact" : "-inf dB";
  return fmt::format("{:.1f} dB", db);
}

std::string Percent(double share) {
  return std::isfinite(share) ? fmt::format("{:.2f} %", share * 100) : "-";
}

}  // namespace cortico::tools
