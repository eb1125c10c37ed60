# Google Benchmark 1.7.1, Apache-2.0.
third_party_source(benchmark)
file(GLOB benchmark_FILES ${benchmark_SOURCE_DIR}/src/*.cc)
list(FILTER benchmark_FILES EXCLUDE REGEX "/benchmark_main\\.cc$")
third_party_target(benchmark SOURCES ${benchmark_FILES} INCLUDES ${benchmark_SOURCE_DIR}/include
                             DEFINITIONS BENCHMARK_STATIC_DEFINE)
target_compile_definitions(third_party_benchmark PRIVATE HAVE_STD_REGEX HAVE_STEADY_CLOCK)
