// What the tool shows: colours, tables, the progress bar. Reports go to standard output, everything
// else to standard error, so that a report can be piped while messages stay visible.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace cortico::tools {

enum class ColorMode { kAuto, kAlways, kNever };

enum class Style { kBold, kDim, kRed, kYellow, kGreen, kCyan };

/// Colours for one stream. kAuto: a terminal that is not "dumb", and no NO_COLOR in the
/// environment.
class Palette {
 public:
  Palette(ColorMode mode, std::FILE* stream);
  std::string operator()(Style style, std::string_view text) const;
  bool enabled() const { return enabled_; }

 private:
  bool enabled_;
};

/// Columns of text, as wide as their widest cell; two blanks between them.
class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// As many cells as there are columns.
  void Row(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  /// With `indent` blanks before every line. Columns whose cells are all empty are left out.
  std::string ToString(int indent, const Palette& palette) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Characters of a UTF-8 text: what a terminal is taken to need for it.
size_t DisplayWidth(std::string_view text);

/// A bar on standard error for whatever takes over a second. Draws nothing unless standard error is
/// a terminal.
class Progress {
 public:
  /// `enabled` is false for --quiet.
  explicit Progress(bool enabled);
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `total` 0: it is not known how much there is.
  void Update(std::string_view what, size_t done, size_t total);
  /// Takes the bar away, before something else is printed.
  void Clear();

 private:
  bool enabled_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
};

/// Seconds since it was made.
class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// ---- numbers -----------------------------------------------------------------------------------

/// 1234567 → "1,234,567".
std::string Grouped(int64_t number);
/// "1,234 B".
std::string ByteCount(int64_t bytes);
/// 3, "sample" → "3 samples".
std::string Counted(int64_t number, std::string_view singular);
/// "0.42 s", "73 s", "2 min 5 s".
std::string Duration(double seconds);
/// "43.2 dB"; "exact" for infinity, "-" for what is no number.
std::string Decibels(double db);
/// 0.1234 → "12.34 %".
std::string Percent(double share);

}  // namespace cortico::tools
