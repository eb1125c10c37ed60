# Language standards, the flags that make results the same everywhere, and our own warnings.
set(XQUANT_ALL_MODULES base int8 graph onnx config data runtime simplify convert plan integer run
                       quantize emit report pipeline cli)
set(XQUANT_MODULES "${XQUANT_ALL_MODULES}" CACHE STRING "Modules of core/ to build, lowest first")
set(XQUANT_TESTS ON CACHE STRING "ON: every subject of tests/; OFF: none; or a list of subjects")
option(XQUANT_WASM "Build the WebAssembly bindings (Emscripten only)" ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_C_STANDARD 11)
set(CMAKE_CXX_STANDARD 20)
foreach(language C CXX)
  set(CMAKE_${language}_STANDARD_REQUIRED ON)
  set(CMAKE_${language}_EXTENSIONS OFF)
endforeach()
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# A fused multiply-add rounds once where a*b+c rounds twice; compilers differ in when they fuse.
add_compile_options(-ffp-contract=off)

# Linked privately by our own targets only, so that no third-party code is compiled with it.
add_library(xquant_warnings INTERFACE)
target_compile_options(xquant_warnings INTERFACE
  -Werror -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion -Wundef
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi>
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes>)
if(EMSCRIPTEN)
  # size_t has 32 bits here; element counts are checked where bytes enter the program.
  target_compile_options(xquant_warnings INTERFACE -Wno-shorten-64-to-32)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 reports these for correct standard-library code once it has inlined it.
  target_compile_options(xquant_warnings INTERFACE
    -Wno-error=maybe-uninitialized -Wno-error=array-bounds -Wno-error=stringop-overflow
    -Wno-error=stringop-overread -Wno-error=restrict)
endif()
