# cmake -DSOURCE=<core/int8> -DWORK=<folder> [-DC_COMPILER=...] [-DTOOLCHAIN=... -DEMULATOR=... -DSUFFIX=...]
#   -P package.cmake
# Builds the library alone, installs it into an empty prefix, and builds and runs a project against it:
# natively, or for the system of a toolchain file under its emulator.
function(step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(failed)
    message(FATAL_ERROR "${ARGN}\n${text}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
set(build -DCMAKE_BUILD_TYPE=Release)
if(TOOLCHAIN)
  list(APPEND build --toolchain=${TOOLCHAIN} -DCMAKE_FIND_ROOT_PATH_MODE_PACKAGE=BOTH)
else()
  list(APPEND build -DCMAKE_C_COMPILER=${C_COMPILER})
endif()
step(${CMAKE_COMMAND} -S ${SOURCE} -B ${WORK}/library ${build})
step(${CMAKE_COMMAND} --build ${WORK}/library --parallel 2)
step(${CMAKE_COMMAND} --install ${WORK}/library --prefix ${WORK}/prefix)
step(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${WORK}/user ${build} -DCMAKE_PREFIX_PATH=${WORK}/prefix)
step(${CMAKE_COMMAND} --build ${WORK}/user)
step(${EMULATOR} ${WORK}/user/uses_xquant_int8${SUFFIX})
