# cortico_add_firmware(<name>
#   SOURCES <file>... [LIBRARIES <target>...]
#   [PLATFORM semihosting|bare]   default semihosting
#   [STACK <bytes>]               default 32768; 16 KB boards: 6144
#   [TEST] [TEST_ARGS <word>...] [TEST_TIMEOUT <seconds>]
#   [NO_SYMBOL_CHECK])
#
# Links <name>.elf into <build>/firmware/ for the board of this build. A `main()` without arguments
# is all it must define. Two tests come with it: `<name>.symbols` (no heap, exceptions, RTTI, global
# constructors; cmake/check_symbols.py) and, with TEST, `<name>.run`: it must end under QEMU with
# exit code 0 and the marker.
find_package(Python3 COMPONENTS Interpreter REQUIRED)
find_program(CORTICO_QEMU qemu-system-arm)

function(cortico_add_firmware name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "TEST;NO_SYMBOL_CHECK" "PLATFORM;STACK;TEST_TIMEOUT"
    "SOURCES;LIBRARIES;TEST_ARGS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "cortico_add_firmware(${name}): unknown ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_PLATFORM)
    set(arg_PLATFORM semihosting)
  endif()
  if(NOT arg_TEST_TIMEOUT)
    set(arg_TEST_TIMEOUT 60)
  endif()
  if(NOT arg_STACK)
    if(CORTICO_BOARD STREQUAL "microbit")
      set(arg_STACK 6144)
    else()
      set(arg_STACK 32768)
    endif()
  endif()

  set(script "${PROJECT_BINARY_DIR}/gen/boards/${CORTICO_BOARD}.ld")
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES
    SUFFIX .elf
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/firmware"
    LINK_DEPENDS "${script}")
  target_link_libraries(${name} PRIVATE cortico_flags cortico_board ${arg_LIBRARIES}
    cortico_platform_${arg_PLATFORM})
  target_link_options(${name} PRIVATE
    -nostartfiles "-T${script}" -Wl,--defsym=cortico_stack_size=${arg_STACK}
    -Wl,--gc-sections -Wl,--fatal-warnings -Wl,--no-warn-rwx-segments
    "-Wl,-Map=${PROJECT_BINARY_DIR}/firmware/${name}.map")

  if(NOT CORTICO_BUILD_TESTS)
    return()
  endif()
  if(NOT arg_NO_SYMBOL_CHECK)
    add_test(NAME ${name}.symbols
      COMMAND Python3::Interpreter "${PROJECT_SOURCE_DIR}/cmake/check_symbols.py"
        --nm "${CMAKE_NM}" $<TARGET_FILE:${name}>)
  endif()
  if(arg_TEST AND NOT arg_PLATFORM STREQUAL "bare")
    cortico_add_firmware_run(${name}.run ${name} TIMEOUT ${arg_TEST_TIMEOUT} ARGS ${arg_TEST_ARGS})
  endif()
endfunction()

# cortico_add_firmware_run(<test> <firmware> [TIMEOUT <seconds>] [EXIT <code>] [EXPECT <text>]
#   [NO_ICOUNT] [ARGS <word>...] [FULL_TIMEOUT <seconds>] [FULL_ARGS <word>...])
# One more run of a firmware as a test: it must end with exit code EXIT (default 0), and with EXPECT
# in its output. Words must not hold spaces. It runs in a directory of its own. With CORTICO_FULL=1 in
# the environment of ctest FULL_ARGS stand for ARGS.
function(cortico_add_firmware_run test name)
  cmake_parse_arguments(PARSE_ARGV 2 arg "NO_ICOUNT" "TIMEOUT;EXIT;EXPECT;FULL_TIMEOUT"
    "ARGS;FULL_ARGS")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  if(NOT arg_FULL_TIMEOUT)
    set(arg_FULL_TIMEOUT ${arg_TIMEOUT})
  endif()
  if(NOT arg_EXIT)
    set(arg_EXIT 0)
  endif()
  set(options "")
  if(arg_FULL_ARGS)
    list(APPEND options --full-timeout ${arg_FULL_TIMEOUT} --full "${arg_FULL_ARGS}")
  endif()
  if(arg_EXPECT)
    list(APPEND options --expect "${arg_EXPECT}")
  endif()
  if(arg_NO_ICOUNT)
    list(APPEND options --no-icount)
  endif()
  set(directory "${CMAKE_CURRENT_BINARY_DIR}/${test}.dir")
  file(MAKE_DIRECTORY "${directory}")
  add_test(NAME ${test}
    COMMAND Python3::Interpreter "${PROJECT_SOURCE_DIR}/boards/run_qemu.py"
      --board ${CORTICO_BOARD} --timeout ${arg_TIMEOUT} --exit ${arg_EXIT} ${options}
      $<TARGET_FILE:${name}> ${arg_ARGS}
    WORKING_DIRECTORY "${directory}")
  # run_qemu.py ends QEMU itself; this is for the case that it does not.
  math(EXPR limit "${arg_FULL_TIMEOUT} + 15")
  set_tests_properties(${test} PROPERTIES TIMEOUT ${limit})
endfunction()
