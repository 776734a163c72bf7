#include "boards/common/board.h"

extern "C" {
extern unsigned char cortico_free_begin[];  // end of .bss, made by the linker script
}

namespace cortico::board {
namespace {

enum class Use { code, constant, data, free };
constexpr Use kUse_code = Use::code;
constexpr Use kUse_const = Use::constant;
constexpr Use kUse_data = Use::data;
constexpr Use kUse_free = Use::free;

struct Row {
  std::string_view board;
  std::string_view bank;
  uintptr_t base;
  size_t size;
  Use use;
};

constexpr Row kRows[] = {
#define CORTICO_BANK(board, bank, base, size, use) {board, #bank, base, size, kUse_##use},
#include "boards/boards.inc"
};

constexpr bool HasRoom(const Row& row) {
  return row.board == CORTICO_BOARD_NAME && (row.use == Use::data || row.use == Use::free);
}

Bank Free(const Row& row) {
  auto* base = reinterpret_cast<unsigned char*>(row.base);
  unsigned char* from = row.use == Use::data ? cortico_free_begin : base;
  return {row.bank, from, static_cast<size_t>(base + row.size - from)};
}

}  // namespace

Bank FreeBank(size_t index) {
  for (const Row& row : kRows) {
    if (HasRoom(row) && index-- == 0) return Free(row);
  }
  return {};
}

Bank FindFreeBank(std::string_view name) {
  for (const Row& row : kRows) {
    if (HasRoom(row) && row.bank == name) return Free(row);
  }
  return {};
}

}  // namespace cortico::board
