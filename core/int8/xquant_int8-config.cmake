# find_package(xquant_int8): the target xquant::int8.
include("${CMAKE_CURRENT_LIST_DIR}/xquant_int8-targets.cmake")
