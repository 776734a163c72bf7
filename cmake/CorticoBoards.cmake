# Reads boards/boards.inc. Sets, for the preset's CORTICO_CORE:
#   CORTICO_ISA    scalar, dsp or mve; on the host it stays what the user gave, or unset
#   CORTICO_CPU    cortex-m4 ...
#   CORTICO_BOARD  QEMU machine; -DCORTICO_BOARD=... takes another one for the same code
# A build for a board of one's own gives CORTICO_ISA instead of CORTICO_CORE: libraries only.
if(NOT CORTICO_ON_TARGET)
  return()
endif()

set(CORTICO_BOARDS_INC "${PROJECT_SOURCE_DIR}/boards/boards.inc")
set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND
  PROPERTY CMAKE_CONFIGURE_DEPENDS "${CORTICO_BOARDS_INC}")

if(CORTICO_CORE)
  file(STRINGS "${CORTICO_BOARDS_INC}" row REGEX "^CORTICO_CORE\\(${CORTICO_CORE},")
  if(NOT row MATCHES "^CORTICO_CORE\\([a-z0-9]+, \"([^\"]+)\", ([a-z]+), \"([^\"]+)\"\\)$")
    message(FATAL_ERROR "CORTICO_CORE=${CORTICO_CORE} has no row in boards/boards.inc")
  endif()
  set(CORTICO_CPU ${CMAKE_MATCH_1})
  set(CORTICO_ISA ${CMAKE_MATCH_2})
  if(NOT CORTICO_BOARD)
    set(CORTICO_BOARD ${CMAKE_MATCH_3})
  endif()
elseif(NOT CORTICO_ISA MATCHES "^(scalar|dsp|mve)$")
  message(FATAL_ERROR "Cross build: give CORTICO_CORE (see boards/boards.inc), "
    "or CORTICO_ISA=scalar|dsp|mve for the libraries alone")
endif()

# Sets `memory` and `aliases`, which boards/link.ld.in wants, from the board's rows.
function(cortico_read_banks board)
  file(STRINGS "${CORTICO_BOARDS_INC}" rows REGEX "^CORTICO_BANK\\(\"${board}\",")
  set(memory "")
  set(aliases "")
  set(has_const FALSE)
  foreach(row IN LISTS rows)
    if(NOT row MATCHES
       "^CORTICO_BANK\\(\"[^\"]+\", ([a-z0-9]+), (0x[0-9A-F]+), (0x[0-9A-F]+), ([a-z]+)\\)$")
      message(FATAL_ERROR "boards/boards.inc: cannot read ${row}")
    endif()
    set(bank ${CMAKE_MATCH_1})
    string(APPEND memory "  ${bank} : ORIGIN = ${CMAKE_MATCH_2}, LENGTH = ${CMAKE_MATCH_3}\n")
    string(TOUPPER ${CMAKE_MATCH_4} use)
    if(NOT use STREQUAL "FREE")
      string(APPEND aliases "REGION_ALIAS(\"${use}\", ${bank})\n")
    endif()
    if(use STREQUAL "CONST")
      set(has_const TRUE)
    elseif(use STREQUAL "CODE")
      set(code_bank ${bank})
    endif()
  endforeach()
  if(NOT rows)
    message(FATAL_ERROR "The board ${board} has no CORTICO_BANK row in boards/boards.inc")
  endif()
  if(NOT has_const)
    string(APPEND aliases "REGION_ALIAS(\"CONST\", ${code_bank})\n")
  endif()
  set(memory "${memory}" PARENT_SCOPE)
  set(aliases "${aliases}" PARENT_SCOPE)
endfunction()
