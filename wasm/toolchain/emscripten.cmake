# Emscripten as CMake's toolchain, from the emsdk that the environment variable EMSDK names.
# The flags that choose a variant of Emscripten's system libraries (exceptions) stand here, in the
# initial flags, so that every file and every check of CMake's uses the same variant: each further
# variant would cost a minute of compiling.
if(NOT DEFINED ENV{EMSDK})
  message(FATAL_ERROR "EMSDK is not set: run the build through npm, or source emsdk_env.sh first")
endif()
set(wasm_flags "-fwasm-exceptions -msimd128")
set(CMAKE_C_FLAGS_INIT "${wasm_flags}")
set(CMAKE_CXX_FLAGS_INIT "${wasm_flags}")
# WebGL, audio and sockets are not linked (nor compiled) unless something asks for them.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-sAUTO_NATIVE_LIBRARIES=0")
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
include($ENV{EMSDK}/upstream/emscripten/cmake/Modules/Platform/Emscripten.cmake)

# Everything is compiled once, ready for threads; whether a program has them is decided when it is linked. Without
# -pthread there, atomic operations work on memory that nobody shares, and std::thread cannot be started.
add_compile_options(-pthread)
set(XQUANT_WASM_THREADS -pthread -Wno-pthreads-mem-growth) # link options of a program with threads
