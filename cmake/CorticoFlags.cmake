# Defines the flags every target of ours links to:
#   cortico_flags       C++17, both sides: kernels, runtime, ops/*/run.cc
#   cortico_host_flags  the same with C++20: compiler, ops/*/lower.cc, tests of these
# Link them PRIVATE: the flags are ours, not those of whoever uses our libraries.
set(CMAKE_CXX_EXTENSIONS OFF)

add_library(cortico_flags INTERFACE)
target_compile_features(cortico_flags INTERFACE cxx_std_17)
target_include_directories(cortico_flags INTERFACE
  "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}/gen")
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/gen")

target_compile_options(cortico_flags INTERFACE
  -Wall -Wextra -Wundef -Wshadow
  $<$<BOOL:${CORTICO_WERROR}>:-Werror>
  # A fused multiply-add rounds once where two instructions round twice: with contraction the host,
  # an M4 and an M33 would disagree in the last bit of a float.
  -ffp-contract=off
  # No path of the build machine in the binaries (__FILE__, debug information).
  "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.")

if(CORTICO_ON_TARGET)
  target_compile_options(cortico_flags INTERFACE
    -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit
    -fno-unwind-tables -fno-asynchronous-unwind-tables
    -ffunction-sections -fdata-sections -fno-common
    # Values on the stack are counted, not guessed: no alloca, no variable-length arrays.
    -Wvla
    # The tiles of kernels/isa/ take all fourteen registers; clang keeps one for frames otherwise.
    -fomit-frame-pointer
    # gcc 12.2 describes MVE's predicated stores as if they wrote all lanes; its dead store pass
    # (the one on RTL: -fno-tree-dse does not help) drops earlier stores to the lanes left alone:
    # `out[9] = 7; vstrbq_p_s8(out, v, vctp8q(5));` loses the 7.
    $<$<AND:$<STREQUAL:${CORTICO_ISA},mve>,$<CXX_COMPILER_ID:GNU>>:-fno-dse>)
endif()

add_library(cortico_host_flags INTERFACE)
target_link_libraries(cortico_host_flags INTERFACE cortico_flags)
target_compile_features(cortico_host_flags INTERFACE cxx_std_20)

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND NOT CORTICO_ON_TARGET)
  # gcc 12's std::stable_sort names a function that C++17 deprecates; clang reports it as ours.
  target_compile_options(cortico_host_flags INTERFACE -Wno-deprecated-declarations)
endif()

# Under sanitizers the time goes into compiling, not into running: sources whose own loops do not
# count (command line, tests of parsers) are not optimized. A third of the time.
function(cortico_quick_sanitized_build)
  foreach(target cortico_tools cortico cortico-opt cortico-embed tools_test cortico_import_test
      cortico_data_test emit_pte_test run_test runtime_test graph_test passes_test quantize_test)
    if(TARGET ${target})
      target_compile_options(${target} PRIVATE -O0)
    endif()
  endforeach()
endfunction()
if(CORTICO_FUZZ)
  cmake_language(DEFER DIRECTORY "${PROJECT_SOURCE_DIR}" CALL cortico_quick_sanitized_build)
endif()
