# What `cmake --install build/host` puts under the prefix:
#   bin/                     cortico, cortico-embed
#   share/cmake/cortico/     find_package(cortico); not in lib/, which a cross build may not search
#   lib/libcortico.a         the compiler and the host's runtime: cortico::compiler
#   include/cortico/         the compiler's headers
#   share/cortico/target/    sources and headers of the target's half; whoever builds a firmware
#                            compiles them with his own compiler and flags
#   share/cortico/runners/   runner firmwares of the boards that were built beside this build
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package "${CMAKE_BINARY_DIR}/package")
set(CORTICO_PACKAGE_TARGET "${CMAKE_INSTALL_DATADIR}/cortico/target")

# Sets `libraries` to the static libraries of this tree that `targets` need, themselves included, and
# `others` to what they need from outside.
function(cortico_link_closure)
  set(found "")
  set(others "")
  set(queue ${ARGN})
  while(queue)
    list(POP_FRONT queue item)
    string(REGEX REPLACE "^\\$<(BUILD_INTERFACE|LINK_ONLY):(.*)>$" "\\2" item "${item}")
    if(item IN_LIST found OR item IN_LIST others)
      continue()
    endif()
    if(NOT item MATCHES "^cortico_")
      list(APPEND others "${item}")
      continue()
    endif()
    get_target_property(type ${item} TYPE)
    if(NOT type STREQUAL "STATIC_LIBRARY")
      continue()  # flags and headers
    endif()
    list(APPEND found ${item})
    get_target_property(links ${item} LINK_LIBRARIES)
    if(links)
      list(APPEND queue ${links})
    endif()
  endwhile()
  set(libraries ${found} PARENT_SCOPE)
  set(others ${others} PARENT_SCOPE)
endfunction()

# ---- the compiler: one archive, made when it is installed --------------------------------------

cortico_link_closure(cortico_compiler cortico_run)
set(objects "")
foreach(library IN LISTS libraries)
  list(APPEND objects "$<TARGET_OBJECTS:${library}>")
endforeach()
file(WRITE "${package}/empty.cc" "")
add_library(cortico_package STATIC EXCLUDE_FROM_ALL "${package}/empty.cc" ${objects})
set_target_properties(cortico_package PROPERTIES
  OUTPUT_NAME cortico ARCHIVE_OUTPUT_DIRECTORY "${package}")
install(CODE "execute_process(COMMAND \"${CMAKE_COMMAND}\" --build \"${CMAKE_BINARY_DIR}\"
    --target cortico_package COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)"
  COMPONENT development)
install(FILES "${package}/libcortico.a" DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  COMPONENT development)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/compiler"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/cortico" COMPONENT development
  FILES_MATCHING PATTERN "*.h" PATTERN tools EXCLUDE PATTERN "*test*" EXCLUDE)

# Names of libraries outside of this tree, without the folders of this machine. JSON is headers alone.
list(REMOVE_ITEM others nlohmann_json::nlohmann_json)
set(CORTICO_PACKAGE_LINKS "")
foreach(other IN LISTS others)
  if(IS_ABSOLUTE "${other}")
    get_filename_component(other "${other}" NAME_WE)
    string(REGEX REPLACE "^lib" "" other "${other}")
  endif()
  list(APPEND CORTICO_PACKAGE_LINKS "${other}")
endforeach()

# ---- the target's half, as sources -------------------------------------------------------------

# The lists of sources are those of the targets here.
set(sources "# Written by cmake/CorticoPackage.cmake.\n")
foreach(library IN ITEMS kernels runtime ops)
  get_target_property(files cortico_${library} CORTICO_PACKAGE_SOURCES)
  if(NOT files)
    get_target_property(files cortico_${library} SOURCES)
  endif()
  list(TRANSFORM files PREPEND "${library}/")
  list(JOIN files "\n  " text)
  string(APPEND sources "set(cortico_${library}_sources\n  ${text})\n")
  foreach(file IN LISTS files)
    get_filename_component(folder "${file}" DIRECTORY)
    install(FILES "${PROJECT_SOURCE_DIR}/${file}" DESTINATION "${CORTICO_PACKAGE_TARGET}/${folder}"
      COMPONENT development)
  endforeach()
endforeach()
file(CONFIGURE OUTPUT "${package}/sources.cmake" CONTENT "${sources}" @ONLY)

install(DIRECTORY kernels runtime ops DESTINATION "${CORTICO_PACKAGE_TARGET}"
  COMPONENT development
  FILES_MATCHING PATTERN "*.h" PATTERN "*.inc" PATTERN testing EXCLUDE)
install(FILES ops/all_ops.cc DESTINATION "${CORTICO_PACKAGE_TARGET}/ops" COMPONENT development)
install(DIRECTORY runtime/platform/ DESTINATION "${CORTICO_PACKAGE_TARGET}/runtime/platform"
  COMPONENT development FILES_MATCHING PATTERN "*.cc")
install(FILES "${PROJECT_BINARY_DIR}/gen/cortico_pte_generated.h"
    "${PROJECT_BINARY_DIR}/gen/ops_list.inc" "${PROJECT_BINARY_DIR}/gen/ops_includes.inc"
  DESTINATION "${CORTICO_PACKAGE_TARGET}/gen" COMPONENT development)
install(DIRECTORY "${PROJECT_BINARY_DIR}/gen/flatbuffers_include"
  DESTINATION "${CORTICO_PACKAGE_TARGET}/gen" COMPONENT development)
install(FILES "${package}/sources.cmake" "${PROJECT_SOURCE_DIR}/cmake/package/target/CMakeLists.txt"
    "${PROJECT_SOURCE_DIR}/cmake/CorticoCmsisNn.cmake"
  DESTINATION "${CORTICO_PACKAGE_TARGET}" COMPONENT development)

# ---- find_package(cortico) ---------------------------------------------------------------------

set(CORTICO_PACKAGE_CMAKE "${CMAKE_INSTALL_DATADIR}/cmake/cortico")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/package/corticoConfig.cmake.in"
  "${package}/corticoConfig.cmake" INSTALL_DESTINATION "${CORTICO_PACKAGE_CMAKE}"
  PATH_VARS CMAKE_INSTALL_BINDIR CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR
    CORTICO_PACKAGE_TARGET
  NO_SET_AND_CHECK_MACRO)
# Of any pointer size: the package of a host serves the firmwares built on it.
write_basic_package_version_file("${package}/corticoConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES "${package}/corticoConfig.cmake" "${package}/corticoConfigVersion.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/CorticoModel.cmake"
  DESTINATION "${CORTICO_PACKAGE_CMAKE}" COMPONENT development)

# ---- runners of the boards that were built beside this build -----------------------------------

install(CODE "
  file(GLOB runners \"${CMAKE_BINARY_DIR}/../*/firmware/runner.elf\")
  foreach(runner IN LISTS runners)
    string(REGEX REPLACE \"^.*/([^/]+)/firmware/runner.elf$\" \"\\\\1\" preset \"\${runner}\")
    file(INSTALL \"\${runner}\" DESTINATION
      \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/cortico/runners\" RENAME \"\${preset}.elf\")
  endforeach()"
  COMPONENT runners)
