# Reads boards/boards.inc. Sets, for the preset's CORTICO_CORE:
#   CORTICO_ISA    scalar, dsp or mve; on the host `host`: every family, vector ones as twins
#   CORTICO_CPU    cortex-m4 ...
#   CORTICO_BOARD  QEMU machine
# A build for a board of one's own gives CORTICO_ISA instead of CORTICO_CORE and gets libraries only.
if(NOT CORTICO_ON_TARGET)
  set(CORTICO_ISA host)
  return()
endif()

set(inc "${PROJECT_SOURCE_DIR}/boards/boards.inc")
set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${inc}")

if(CORTICO_CORE)
  file(STRINGS "${inc}" row REGEX "^CORTICO_CORE\\(${CORTICO_CORE},")
  if(NOT row MATCHES "^CORTICO_CORE\\([a-z0-9]+, \"([^\"]+)\", ([a-z]+), \"([^\"]+)\"\\)$")
    message(FATAL_ERROR "CORTICO_CORE=${CORTICO_CORE} has no row in boards/boards.inc")
  endif()
  set(CORTICO_CPU ${CMAKE_MATCH_1})
  set(CORTICO_ISA ${CMAKE_MATCH_2})
  set(CORTICO_BOARD ${CMAKE_MATCH_3})
elseif(NOT CORTICO_ISA MATCHES "^(scalar|dsp|mve)$")
  message(FATAL_ERROR "Cross build: give CORTICO_CORE (see boards/boards.inc), "
    "or CORTICO_ISA=scalar|dsp|mve for the libraries alone")
endif()
