# The decoder of libwebp 1.5.0, BSD-3-Clause.
third_party_source(webp)
set(webp_FILES "")
foreach(folder IN ITEMS dec dsp utils)
  file(GLOB files ${webp_SOURCE_DIR}/src/${folder}/*.c)
  list(APPEND webp_FILES ${files})
endforeach()
# The encoder's.
list(FILTER webp_FILES EXCLUDE REGEX
     "/dsp/(cost|enc|lossless_enc|ssim)[a-z0-9_]*\\.c$|/utils/(bit_writer|huffman_encode|quant_levels)_utils\\.c$")
if(EMSCRIPTEN)
  # Empty there: the instructions of other machines.
  list(FILTER webp_FILES EXCLUDE REGEX "_(sse2|sse41|neon|msa|mips32|mips_dsp_r2)\\.c$")
endif()
third_party_target(webp SOURCES ${webp_FILES} INCLUDES ${webp_SOURCE_DIR}/src)
target_include_directories(third_party_webp PRIVATE ${webp_SOURCE_DIR})
# Without scaling while decoding.
target_compile_definitions(third_party_webp PRIVATE WEBP_REDUCE_SIZE)
# Functions for the machine are chosen at first use, which several threads of ours may make at a time: under a mutex
# with this definition. In the file that is left out it would add threads of the library's own.
set(webp_LOCKED ${webp_FILES})
list(FILTER webp_LOCKED EXCLUDE REGEX "/thread_utils\\.c$")
set_source_files_properties(${webp_LOCKED} PROPERTIES COMPILE_DEFINITIONS WEBP_USE_THREAD)
