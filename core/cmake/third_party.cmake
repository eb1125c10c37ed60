# The targets third_party::<name>: built once into a cache by the set-up scripts and imported from
# there (XQUANT_THIRD_PARTY_DIR), or, in a plain CMake build, built as part of this one.
set(XQUANT_THIRD_PARTY_DIR "" CACHE PATH "Build folder of core/cmake/third_party for this platform")

if(XQUANT_THIRD_PARTY_DIR)
  include(${XQUANT_THIRD_PARTY_DIR}/targets.cmake)
else()
  add_subdirectory(core/cmake/third_party third_party EXCLUDE_FROM_ALL)
endif()

# What a program with std::thread links. Emscripten's threads are flags of the whole build.
add_library(xquant_threads INTERFACE)
if(NOT EMSCRIPTEN)
  set(THREADS_PREFER_PTHREAD_FLAG ON)
  find_package(Threads REQUIRED)
  target_link_libraries(xquant_threads INTERFACE Threads::Threads)
endif()
add_library(third_party::threads ALIAS xquant_threads)
