# Highway, Apache-2.0 or BSD-3-Clause: portable vectors and run-time dispatch.
third_party_source(highway)
set(highway_FILES abort aligned_allocator per_target print targets timer)
list(TRANSFORM highway_FILES REPLACE "(.+)" "${highway_SOURCE_DIR}/hwy/\\1.cc")
third_party_target(highway SOURCES ${highway_FILES} INCLUDES ${highway_SOURCE_DIR}
                           DEFINITIONS HWY_STATIC_DEFINE)
