# clang 19 for any Cortex-M, with the headers, the libraries and the linker of GNU Arm Embedded:
#   cmake --preset m55 -B build/m55-clang --toolchain cmake/toolchain-clang-arm-none-eabi.cmake
# One compiler's figures say little about kernels; bench/kernels counts both.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_CXX_COMPILER_TARGET arm-none-eabi)
find_program(CORTICO_GNU_CXX arm-none-eabi-g++ REQUIRED)
find_program(CMAKE_AR arm-none-eabi-ar REQUIRED)
find_program(CMAKE_RANLIB arm-none-eabi-ranlib REQUIRED)
find_program(CMAKE_NM arm-none-eabi-nm REQUIRED)

set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES CORTICO_CORE_FLAGS)

# gcc says which headers belong to these flags; its own intrinsics are not clang's.
set(gnu_flags "--specs=nano.specs -mthumb ${CORTICO_CORE_FLAGS}")
separate_arguments(gnu_words UNIX_COMMAND "${gnu_flags}")
execute_process(COMMAND "${CORTICO_GNU_CXX}" ${gnu_words} -x c++ -E -v /dev/null
  ERROR_VARIABLE log OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE ".*#include <\\.\\.\\.> search starts here:\n(.*)\nEnd of search list.*" "\\1"
  folders "${log}")
string(REGEX MATCHALL "[^ \n]+" folders "${folders}")
set(includes "")
foreach(folder IN LISTS folders)
  if(NOT EXISTS "${folder}/stddef.h" OR EXISTS "${folder}/newlib.h")
    string(APPEND includes " -isystem ${folder}")
  endif()
endforeach()

# Where gcc chooses the FPU by the core's name clang needs no word. Enumerations are as small as
# gcc's.
string(REPLACE "-mfpu=auto" "" clang_flags "${CORTICO_CORE_FLAGS}")
set(CMAKE_CXX_FLAGS_INIT "-mthumb ${clang_flags} -fshort-enums -nostdinc++${includes}")

# clang's objects say that they need no executable stack; the linker misses that word in newlib's.
set(CMAKE_CXX_LINK_EXECUTABLE
  "${CORTICO_GNU_CXX} ${gnu_flags} -Wl,--no-warn-execstack <LINK_FLAGS> <OBJECTS> -o <TARGET> <LINK_LIBRARIES>")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
