# GoogleTest with its main(), BSD-3-Clause.
third_party_source(googletest)
set(gtest ${googletest_SOURCE_DIR}/googletest)
third_party_target(gtest SOURCES ${gtest}/src/gtest-all.cc INCLUDES ${gtest}/include)
target_include_directories(third_party_gtest PRIVATE ${gtest})
third_party_target(gtest_main SOURCES ${gtest}/src/gtest_main.cc LIBS third_party_gtest)
