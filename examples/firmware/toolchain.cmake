# GNU Arm Embedded. -DCLASSIFY_CORE=m55 (default) or m4; flags of another core are one line more.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(CLASSIFY_CORE m55 CACHE STRING "Core: m55 or m4")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES CLASSIFY_CORE)
set(flags_m55 "-mcpu=cortex-m55 -mfloat-abi=hard -mfpu=auto")
set(flags_m4 "-mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16")
set(CMAKE_CXX_FLAGS_INIT "--specs=nano.specs -mthumb ${flags_${CLASSIFY_CORE}}")
