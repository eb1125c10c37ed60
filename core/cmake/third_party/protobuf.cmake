# protobuf-lite, BSD-3-Clause, and the classes of the official onnx-ml.proto, Apache-2.0.
# Generated code and runtime must be of one version; so must the protoc that runs on the host.
set(protobuf_VERSION 3.21.12)
third_party_source(protobuf)
third_party_source(onnx)

# Upstream keeps the list of sources in a file that also adds a library of its own; only the list
# is read from it.
file(STRINGS ${protobuf_SOURCE_DIR}/cmake/libprotobuf-lite.cmake protobuf_FILES REGEX "\\.cc$")
list(TRANSFORM protobuf_FILES REPLACE "^ *\\\${protobuf_SOURCE_DIR}" "${protobuf_SOURCE_DIR}")
if(NOT protobuf_FILES)
  message(FATAL_ERROR "no source list in ${protobuf_SOURCE_DIR}/cmake/libprotobuf-lite.cmake")
endif()
third_party_target(protobuf_lite SOURCES ${protobuf_FILES} INCLUDES ${protobuf_SOURCE_DIR}/src)
if(NOT WIN32)
  target_compile_definitions(third_party_protobuf_lite PRIVATE HAVE_PTHREAD)
endif()

# A protoc of that version: the machine's own, or upstream's program.
find_program(XQUANT_PROTOC protoc NO_CMAKE_FIND_ROOT_PATH DOC "protoc ${protobuf_VERSION}")
set(protoc_version "none")
if(XQUANT_PROTOC)
  execute_process(COMMAND ${XQUANT_PROTOC} --version OUTPUT_VARIABLE protoc_version
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
  string(REGEX REPLACE "^libprotoc " "" protoc_version "${protoc_version}")
endif()
set(protoc ${XQUANT_PROTOC})
if(NOT protoc_version STREQUAL protobuf_VERSION)
  if(CMAKE_HOST_APPLE)
    set(protoc_platform osx-universal_binary)
  elseif(CMAKE_HOST_WIN32)
    set(protoc_platform win64)
  elseif(CMAKE_HOST_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    set(protoc_platform linux-aarch_64)
  else()
    set(protoc_platform linux-x86_64)
  endif()
  message(STATUS "protoc is ${protoc_version}, ${protobuf_VERSION} is needed: taking upstream's")
  third_party_download(protoc
    https://github.com/protocolbuffers/protobuf/releases/download/v21.12/protoc-21.12-${protoc_platform}.zip)
  set(protoc ${protoc_SOURCE_DIR}/bin/protoc)
endif()

set(generated ${CMAKE_CURRENT_BINARY_DIR}/onnx_proto)
file(MAKE_DIRECTORY ${generated})
add_custom_command(
  OUTPUT ${generated}/onnx/onnx-ml.pb.cc ${generated}/onnx/onnx-ml.pb.h
  COMMAND ${protoc} -I ${onnx_SOURCE_DIR} --cpp_out=lite:${generated} onnx/onnx-ml.proto
  DEPENDS ${onnx_SOURCE_DIR}/onnx/onnx-ml.proto
  VERBATIM)
third_party_target(onnx_proto SOURCES ${generated}/onnx/onnx-ml.pb.cc INCLUDES ${generated}
                              LIBS third_party_protobuf_lite)
