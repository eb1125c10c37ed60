# cmake -DSOURCE=<core/int8> -DWORK=<folder> [-DC_COMPILER=...] -P package.cmake
# Builds the library alone, installs it into an empty prefix, and builds and runs a project against it.
function(step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(failed)
    message(FATAL_ERROR "${ARGN}\n${text}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
set(compiler -DCMAKE_C_COMPILER=${C_COMPILER} -DCMAKE_BUILD_TYPE=Release)
step(${CMAKE_COMMAND} -S ${SOURCE} -B ${WORK}/library ${compiler})
step(${CMAKE_COMMAND} --build ${WORK}/library)
step(${CMAKE_COMMAND} --install ${WORK}/library --prefix ${WORK}/prefix)
step(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${WORK}/user ${compiler}
     -DCMAKE_PREFIX_PATH=${WORK}/prefix)
step(${CMAKE_COMMAND} --build ${WORK}/user)
step(${WORK}/user/uses_xquant_int8)
