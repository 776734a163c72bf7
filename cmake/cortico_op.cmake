# The list of ops: see ops/CMakeLists.txt.
#
# Writes, for every consumer of the list (runtime table, compiler, tests):
#   gen/ops_list.inc      rows CORTICO_OP(folder, Struct), in the order of the list
#   gen/ops_includes.inc  #include "ops/<folder>/op.h"
# and sets the global properties CORTICO_OP_FOLDERS and CORTICO_OP_STRUCTS.

# cortico_op(<folder> <Struct>...): the structs of ops/<folder>/op.h.
function(cortico_op folder)
  if(ARGC LESS 2)
    message(FATAL_ERROR "cortico_op(${folder}) names no struct")
  endif()
  get_property(folders GLOBAL PROPERTY CORTICO_OP_FOLDERS)
  if(folder IN_LIST folders)
    message(FATAL_ERROR "cortico_op(${folder}) is there twice: one line per folder")
  endif()
  if(NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/op.h")
    message(FATAL_ERROR "cortico_op(${folder}): ops/${folder}/op.h is missing")
  endif()
  set_property(GLOBAL APPEND PROPERTY CORTICO_OP_FOLDERS ${folder})
  set_property(GLOBAL APPEND_STRING PROPERTY CORTICO_OP_INCLUDES
    "#include \"ops/${folder}/op.h\"\n")
  foreach(struct IN LISTS ARGN)
    set_property(GLOBAL APPEND PROPERTY CORTICO_OP_STRUCTS ${struct})
    set_property(GLOBAL APPEND_STRING PROPERTY CORTICO_OP_ROWS "CORTICO_OP(${folder}, ${struct})\n")
  endforeach()
endfunction()

# Ends the list: rejects a folder that nobody listed, writes the generated files.
function(cortico_ops_finish)
  get_property(folders GLOBAL PROPERTY CORTICO_OP_FOLDERS)
  file(GLOB found RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" CONFIGURE_DEPENDS
    "${CMAKE_CURRENT_SOURCE_DIR}/*/op.h")
  foreach(header IN LISTS found)
    get_filename_component(folder "${header}" DIRECTORY)
    if(NOT folder IN_LIST folders)
      message(FATAL_ERROR "ops/${folder}/op.h has no cortico_op(${folder} ...) line in "
        "ops/CMakeLists.txt")
    endif()
  endforeach()
  get_property(rows GLOBAL PROPERTY CORTICO_OP_ROWS)
  get_property(includes GLOBAL PROPERTY CORTICO_OP_INCLUDES)
  file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/gen/ops_list.inc" CONTENT "${rows}" @ONLY)
  file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/gen/ops_includes.inc" CONTENT "${includes}" @ONLY)
endfunction()
