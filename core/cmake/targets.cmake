# xquant_module and xquant_test: how every module of core/ and every subject of tests/ is declared.
# Includes are written from core/ ("graph/graph.h"), in modules and in tests.

# The names of DEPENDS that this build does not have, and an error for an upward dependency.
function(xquant_missing_modules result owner)
  list(FIND XQUANT_ALL_MODULES "${owner}" rank)
  set(missing "")
  foreach(dependency IN LISTS ARGN)
    list(FIND XQUANT_ALL_MODULES ${dependency} dependency_rank)
    if(dependency_rank EQUAL -1)
      message(FATAL_ERROR "${owner} depends on ${dependency}, which is no module of core/")
    elseif(NOT rank EQUAL -1 AND NOT dependency_rank LESS rank)
      message(FATAL_ERROR "${owner} stands below ${dependency} and must not depend on it")
    elseif(NOT TARGET xquant::${dependency})
      list(APPEND missing ${dependency})
    endif()
  endforeach()
  set(${result} "${missing}" PARENT_SCOPE)
endfunction()

# Headers that most sources include, compiled once for all modules and once for all tests: half of a build's time is
# reading them. A compiler cache does better without (the compiled file holds paths), hence the default; on riscv64
# some files are compiled for other instructions than the rest, and then cannot share them.
if(CMAKE_CXX_COMPILER_LAUNCHER OR CMAKE_SYSTEM_PROCESSOR STREQUAL "riscv64")
  option(XQUANT_PRECOMPILE "Precompile common headers" OFF)
else()
  option(XQUANT_PRECOMPILE "Precompile common headers" ON)
endif()

# Several sources of a module compiled as one: most of the time goes into headers and templates that they share. Without it every source is compiled by itself: a compiler cache does better so, and clang-tidy needs it.
if(CMAKE_CXX_COMPILER_LAUNCHER)
  option(XQUANT_UNITY "Compile several sources of a module as one" OFF)
else()
  option(XQUANT_UNITY "Compile several sources of a module as one" ON)
endif()

# xquant_precompile(<target> common|test): lets a target start from those headers.
function(xquant_precompile target set)
  if(NOT XQUANT_PRECOMPILE)
    return()
  endif()
  set(owner xquant_precompiled_${set})
  if(NOT TARGET ${owner})
    set(source ${PROJECT_BINARY_DIR}/precompiled/${set}.cc)
    file(CONFIGURE OUTPUT ${source} CONTENT "// the headers alone\n")
    add_library(${owner} OBJECT ${source})
    target_compile_features(${owner} PRIVATE cxx_std_20)
    target_precompile_headers(${owner} PRIVATE <algorithm> <array> <cmath> <cstdint> <functional> <limits> <map> <memory>
                              <optional> <span> <string> <string_view> <utility> <variant> <vector>)
    if(set STREQUAL "test")
      target_precompile_headers(${owner} PRIVATE <gtest/gtest.h>)
      target_link_libraries(${owner} PRIVATE third_party::gtest_main)
    endif()
    target_link_libraries(${owner} PRIVATE xquant_warnings)
  endif()
  target_precompile_headers(${target} REUSE_FROM ${owner})
endfunction()

# xquant_module(<name> [SEPARATE] [SOURCES <file>...] [DEPENDS <module>...] [PRIVATE_LIBS <target>...])
# A static library xquant_<name> with the alias xquant::<name>; without SOURCES, headers only. SEPARATE: sources that
# use the same names for themselves; each is compiled alone.
function(xquant_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SEPARATE" "" "SOURCES;DEPENDS;PRIVATE_LIBS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "xquant_module(${name}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  xquant_missing_modules(missing ${name} ${arg_DEPENDS})
  if(missing)
    message(WARNING "module ${name} is left out: this build has no ${missing}")
    return()
  endif()
  list(TRANSFORM arg_DEPENDS PREPEND xquant::)
  if(arg_SOURCES)
    add_library(xquant_${name} STATIC ${arg_SOURCES})
    target_include_directories(xquant_${name} PUBLIC ${PROJECT_SOURCE_DIR}/core)
    target_compile_definitions(xquant_${name} PRIVATE XQUANT_VERSION="${PROJECT_VERSION}")
    target_link_libraries(xquant_${name} PUBLIC ${arg_DEPENDS}
                                         PRIVATE ${arg_PRIVATE_LIBS} $<BUILD_INTERFACE:xquant_warnings>)
    if(NOT name STREQUAL "int8") # C
      xquant_precompile(xquant_${name} common)
      if(XQUANT_UNITY AND NOT arg_SEPARATE)
        # CMake leaves out sources with flags or definitions of their own.
        set_target_properties(xquant_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
      endif()
    endif()
  else()
    add_library(xquant_${name} INTERFACE)
    target_include_directories(xquant_${name} INTERFACE ${PROJECT_SOURCE_DIR}/core)
    target_link_libraries(xquant_${name} INTERFACE ${arg_DEPENDS} ${arg_PRIVATE_LIBS})
  endif()
  add_library(xquant::${name} ALIAS xquant_${name})
endfunction()

# xquant_test(<subject>_<topic>_test SOURCES <file>... [DEPENDS <module>...] [PRIVATE_LIBS <target>...])
# A GoogleTest program, registered with CTest. The sources see XQUANT_TESTS_DIR, the path of tests/.
# Under CTest it writes <build folder>/results/<name>.xml, which the test runner reads.
function(xquant_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;PRIVATE_LIBS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
    message(FATAL_ERROR "xquant_test(${name}): no SOURCES, or unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  xquant_missing_modules(missing ${name} ${arg_DEPENDS})
  if(missing)
    message(WARNING "test ${name} is left out: this build has no ${missing}")
    return()
  endif()
  list(TRANSFORM arg_DEPENDS PREPEND xquant::)
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/core ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE XQUANT_TESTS_DIR="${PROJECT_SOURCE_DIR}/tests"
                                             XQUANT_VERSION="${PROJECT_VERSION}")
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS} ${arg_PRIVATE_LIBS} third_party::gtest_main
                                        xquant_warnings)
  xquant_precompile(${name} test)
  if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT name MATCHES "^int8_")
    # What is tested is optimized; the tests need not be. Those of int8 go through all of 2^32 values and more.
    target_compile_options(${name} PRIVATE -O1)
  endif()
  if(EMSCRIPTEN)
    # Node takes a .js below a package of modules for a module; what Emscripten writes for a program is none.
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/package.json CONTENT "{ \"type\": \"commonjs\" }\n")
    # Node's own file system, so that a test finds its golden files where a native one does.
    target_link_options(${name} PRIVATE -sNODERAWFS=1 -sEXIT_RUNTIME=1 -sALLOW_MEMORY_GROWTH=1
                                        -sSTACK_SIZE=1MB -O1) # -O1: without a long pass over the linked module
  endif()
  add_test(NAME ${name}
           COMMAND ${name} --gtest_output=xml:${PROJECT_BINARY_DIR}/results/${name}.xml)
endfunction()

# The folders of tests/ that have a CMakeLists.txt, as far as XQUANT_TESTS asks for them.
function(xquant_test_subjects result)
  file(GLOB lists CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/tests
       ${PROJECT_SOURCE_DIR}/tests/*/CMakeLists.txt)
  set(subjects "")
  foreach(list_file IN LISTS lists)
    get_filename_component(subject ${list_file} DIRECTORY)
    if(XQUANT_TESTS STREQUAL "ON" OR subject IN_LIST XQUANT_TESTS)
      list(APPEND subjects ${subject})
    endif()
  endforeach()
  set(${result} "${subjects}" PARENT_SCOPE)
endfunction()
