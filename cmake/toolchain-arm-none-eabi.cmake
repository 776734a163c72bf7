# GNU Arm Embedded, any Cortex-M. What differs between the cores is one line,
# CORTICO_CORE_FLAGS (see CMakePresets.json): the code generation and float ABI flags.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)

# A test program cannot be linked before the linker script is known.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES CORTICO_CORE_FLAGS)

# newlib-nano: the same memcpy and memset as newlib, to the byte; less state behind libm.
set(CMAKE_CXX_FLAGS_INIT "--specs=nano.specs -mthumb ${CORTICO_CORE_FLAGS}")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
