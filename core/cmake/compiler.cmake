# The compiler of a native build: clang 19 where it is installed, whatever CMake finds otherwise.
# A toolchain file, -DCMAKE_CXX_COMPILER and the environment's CC/CXX all win over this.
if(NOT CMAKE_TOOLCHAIN_FILE AND NOT CMAKE_CXX_COMPILER AND NOT DEFINED ENV{CXX} AND NOT DEFINED ENV{CC})
  find_program(XQUANT_CLANG_C clang-19)
  find_program(XQUANT_CLANG_CXX clang++-19)
  if(XQUANT_CLANG_C AND XQUANT_CLANG_CXX)
    set(CMAKE_C_COMPILER ${XQUANT_CLANG_C})
    set(CMAKE_CXX_COMPILER ${XQUANT_CLANG_CXX})
  endif()
endif()
