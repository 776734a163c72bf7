# Whose CMSIS-NN the ops call:
#   -DCORTICO_CMSIS_NN=own        (default) kernels/
#   -DCORTICO_CMSIS_NN=external   the user's: docs/external_cmsis_nn.md
#     -DCORTICO_CMSIS_NN_INCLUDE=<folder of arm_nnfunctions.h>
#     -DCORTICO_CMSIS_NN_LIBRARY=<libcmsis-nn.a, built for this core>
set(CORTICO_CMSIS_NN own CACHE STRING "CMSIS-NN: own, or external with the two below")
set_property(CACHE CORTICO_CMSIS_NN PROPERTY STRINGS own external)
set(CORTICO_CMSIS_NN_INCLUDE "" CACHE PATH "Folder of the external arm_nnfunctions.h")
set(CORTICO_CMSIS_NN_LIBRARY "" CACHE FILEPATH "The external library, built for this core")

# Sets `result` to what of our kernels is compiled, out of `sources`, gives `target` the headers of the
# API, and links the external library to it. `own_include` is where our arm_nnfunctions.h lies.
function(cortico_choose_cmsis_nn target own_include result)
  set(sources ${ARGN})
  if(CORTICO_CMSIS_NN STREQUAL "own")
    target_include_directories(${target} PUBLIC ${own_include})
  elseif(CORTICO_CMSIS_NN STREQUAL "external")
    if(NOT EXISTS "${CORTICO_CMSIS_NN_INCLUDE}/arm_nnfunctions.h")
      message(FATAL_ERROR "CORTICO_CMSIS_NN=external: there is no arm_nnfunctions.h in "
        "CORTICO_CMSIS_NN_INCLUDE='${CORTICO_CMSIS_NN_INCLUDE}'")
    endif()
    if(NOT EXISTS "${CORTICO_CMSIS_NN_LIBRARY}")
      message(FATAL_ERROR "CORTICO_CMSIS_NN=external: there is no "
        "CORTICO_CMSIS_NN_LIBRARY='${CORTICO_CMSIS_NN_LIBRARY}'")
    endif()
    add_library(cortico_external_cmsis_nn UNKNOWN IMPORTED GLOBAL)
    set_target_properties(cortico_external_cmsis_nn PROPERTIES
      IMPORTED_LOCATION "${CORTICO_CMSIS_NN_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${CORTICO_CMSIS_NN_INCLUDE}")
    target_link_libraries(${target} PUBLIC cortico_external_cmsis_nn)
    # Arm's names are in these two; our own entry points call the variants.
    list(FILTER sources EXCLUDE REGEX "/(api|buffer_size)\\.cc$")
  else()
    message(FATAL_ERROR "CORTICO_CMSIS_NN is '${CORTICO_CMSIS_NN}': use own or external")
  endif()
  set(${result} ${sources} PARENT_SCOPE)
endfunction()
