#include "compiler/run/run.h"

namespace cortico {

std::optional<Venue> Venue::Parse(std::string_view text) {
  constexpr std::string_view kQemuBoard = "qemu:";
  if (text == "host") return Venue{Kind::kHost, ""};
  if (text == "fvp") return Venue{Kind::kFvp, ""};
  if (text == "qemu") return Venue{Kind::kQemu, ""};
  if (text.starts_with(kQemuBoard) && text.size() > kQemuBoard.size()) {
    return Venue{Kind::kQemu, std::string(text.substr(kQemuBoard.size()))};
  }
  return std::nullopt;
}

std::string Venue::ToString() const {
  switch (kind) {
    case Kind::kHost:
      return "host";
    case Kind::kFvp:
      return "fvp";
    case Kind::kQemu:
      return board.empty() ? "qemu" : "qemu:" + board;
  }
  return "?";
}

}  // namespace cortico
