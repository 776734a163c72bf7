# The list of ops refuses what it must.
#   cmake -D MODULES=<this folder> -D DIR=<scratch folder> -P cortico_op_test.cmake
function(configure name lines expected)
  set(root "${DIR}/${name}")
  file(REMOVE_RECURSE "${root}")
  file(WRITE "${root}/ops/listed/op.h" "")
  file(WRITE "${root}/ops/CMakeLists.txt" "include(cortico_op)\n${lines}\ncortico_ops_finish()\n")
  file(WRITE "${root}/CMakeLists.txt" "cmake_minimum_required(VERSION 3.25)\nproject(t NONE)\n"
    "list(APPEND CMAKE_MODULE_PATH \"${MODULES}\")\nadd_subdirectory(ops)\n")
  if(name STREQUAL "unlisted")
    file(WRITE "${root}/ops/forgotten/op.h" "")
  endif()
  execute_process(COMMAND "${CMAKE_COMMAND}" -S "${root}" -B "${root}/build"
    RESULT_VARIABLE code OUTPUT_QUIET ERROR_VARIABLE message)
  # CMake breaks its messages into lines.
  string(REGEX REPLACE "[ \n]+" " " message "${message}")
  if(expected STREQUAL "")
    if(NOT code EQUAL 0)
      message(FATAL_ERROR "${name}: configure failed: ${message}")
    endif()
  elseif(code EQUAL 0 OR NOT message MATCHES "${expected}")
    message(FATAL_ERROR "${name}: expected \"${expected}\", got ${code}: ${message}")
  endif()
endfunction()

configure(good "cortico_op(listed One Two)" "")
file(READ "${DIR}/good/build/gen/ops_list.inc" rows)
if(NOT rows STREQUAL "CORTICO_OP(listed, One)\nCORTICO_OP(listed, Two)\n")
  message(FATAL_ERROR "rows: ${rows}")
endif()
configure(unlisted "cortico_op(listed One)" "ops/forgotten/op.h has no cortico_op")
configure(missing "cortico_op(listed One)\ncortico_op(absent Two)" "ops/absent/op.h is missing")
configure(twice "cortico_op(listed One)\ncortico_op(listed Two)" "is there twice")
configure(nameless "cortico_op(listed)" "names no struct")
