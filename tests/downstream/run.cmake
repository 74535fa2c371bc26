# SPDX-License-Identifier: BSD-3-Clause
# Configures, builds and runs project/ with equireg taken in by WAY: find_package (from an installation made here),
# add_subdirectory or fetch_content.

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE messages ERROR_VARIABLE messages)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${WAY}: ${command}\nended with ${status}:\n${messages}")
  endif()
endfunction()

file(REMOVE_RECURSE ${SCRATCH})
if(WAY STREQUAL "find_package")
  run(${CMAKE_COMMAND} --install ${EQUIREG_BINARY} --prefix ${SCRATCH}/installed)
endif()
set(settings -G ${GENERATOR} -D CMAKE_CXX_COMPILER=${COMPILER} -D WAY=${WAY} -D EQUIREG_SOURCE=${EQUIREG_SOURCE}
    -D CMAKE_PREFIX_PATH=${SCRATCH}/installed)
foreach(library OneDNN OpenMP)
  string(TOUPPER ${library} macro)
  if(${library})
    list(APPEND settings -D EXPECT_${macro}=ON)
  else()
    list(APPEND settings -D CMAKE_DISABLE_FIND_PACKAGE_${library}=ON)
  endif()
endforeach()
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/project -B ${SCRATCH}/build ${settings})
run(${CMAKE_COMMAND} --build ${SCRATCH}/build)
run(${SCRATCH}/build/downstream)
