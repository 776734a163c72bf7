# Sets `result` to the generator: of this build, of the package, or one on PATH.
function(cortico_find_embed result)
  if(TARGET cortico-embed)
    set(${result} cortico-embed PARENT_SCOPE)
    return()
  endif()
  find_program(CORTICO_EMBED cortico-embed NO_CMAKE_FIND_ROOT_PATH)
  if(NOT CORTICO_EMBED)
    message(FATAL_ERROR "cortico-embed is missing: a host build of Cortico makes it; "
      "give its path with -DCORTICO_EMBED=...")
  endif()
  set(${result} "${CORTICO_EMBED}" PARENT_SCOPE)
endfunction()

# cortico_add_model(<target> <model.pte> [NAME <identifier>])
#
# Embeds a program into an executable of the project. Links exactly the ops that the executable's
# models use, and the runtime. `#include "<identifier>.h"` then declares, in the namespace
# <identifier> (default: the file's name), the program's bytes, the size of its arena as a constant,
# and its inputs and outputs; see compiler/emit/cpp_model/embed.h. To be called once per model.
#
# The platform is the project's choice: link cortico::platform_bare or cortico::platform_semihosting,
# or define the functions of runtime/platform/platform.h.
#
# <model.pte> may be made by a custom command of the same directory.
function(cortico_add_model target pte)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "NAME" "")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "cortico_add_model(${target}): unknown ${arg_UNPARSED_ARGUMENTS}")
  endif()
  cmake_path(ABSOLUTE_PATH pte BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
  if(NOT arg_NAME)
    cmake_path(GET pte STEM LAST_ONLY stem)
    string(MAKE_C_IDENTIFIER "${stem}" arg_NAME)
  endif()
  cortico_find_embed(embed)

  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}_models")
  file(MAKE_DIRECTORY "${folder}")
  add_custom_command(
    OUTPUT "${folder}/${arg_NAME}.h" "${folder}/${arg_NAME}.cc"
    COMMAND ${embed} model "${pte}" --name ${arg_NAME} --folder "${folder}"
    DEPENDS "${pte}" ${embed}
    COMMENT "Embedding ${arg_NAME}" VERBATIM)
  target_sources(${target} PRIVATE "${folder}/${arg_NAME}.cc")

  get_target_property(models ${target} CORTICO_MODELS)
  set_property(TARGET ${target} APPEND PROPERTY CORTICO_MODELS "${pte}")
  if(models)
    return()  # the table of ops is there, and reads the list when all models are known
  endif()
  set(all "$<TARGET_PROPERTY:${target},CORTICO_MODELS>")
  add_custom_command(
    OUTPUT "${folder}/linked_ops.cc"
    COMMAND ${embed} ops "${all}" -o "${folder}/linked_ops.cc"
    DEPENDS "${all}" ${embed}
    COMMENT "Listing the ops of ${target}" COMMAND_EXPAND_LISTS VERBATIM)
  target_sources(${target} PRIVATE "${folder}/linked_ops.cc")
  target_include_directories(${target} PRIVATE "${folder}")
  target_link_libraries(${target} PRIVATE cortico::ops cortico::runtime cortico::kernels)
endfunction()

# cortico_add_data(<target> <arrays.npz> [NAME <identifier>])
#
# Arrays as constants in the namespace <identifier>, for tests on the target.
function(cortico_add_data target arrays)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "NAME" "")
  cmake_path(ABSOLUTE_PATH arrays BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
  if(NOT arg_NAME)
    cmake_path(GET arrays STEM LAST_ONLY stem)
    string(MAKE_C_IDENTIFIER "${stem}" arg_NAME)
  endif()
  cortico_find_embed(embed)
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}_data")
  file(MAKE_DIRECTORY "${folder}")
  add_custom_command(
    OUTPUT "${folder}/${arg_NAME}.h" "${folder}/${arg_NAME}.cc"
    COMMAND ${embed} data "${arrays}" --name ${arg_NAME} --folder "${folder}"
    DEPENDS "${arrays}" ${embed}
    COMMENT "Embedding ${arg_NAME}" VERBATIM)
  target_sources(${target} PRIVATE "${folder}/${arg_NAME}.cc")
  target_include_directories(${target} PRIVATE "${folder}")
endfunction()
