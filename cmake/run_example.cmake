# SPDX-License-Identifier: BSD-3-Clause
# Runs PROGRAM with the arguments on line 1 of RUN ({out}: OUT, emptied; {data}: DATA). Fails if the program does, or if
# its output lacks the regex on line 2.

file(STRINGS ${RUN} lines)
list(LENGTH lines count)
set(arguments "")
if(count GREATER 0)
  list(GET lines 0 arguments)
endif()
string(REPLACE "{out}" "${OUT}" arguments "${arguments}")
string(REPLACE "{data}" "${DATA}" arguments "${arguments}")
separate_arguments(arguments UNIX_COMMAND "${arguments}")

file(REMOVE_RECURSE ${OUT})
file(MAKE_DIRECTORY ${OUT})
execute_process(COMMAND ${PROGRAM} ${arguments} WORKING_DIRECTORY ${OUT}
                OUTPUT_VARIABLE output ERROR_VARIABLE errors RESULT_VARIABLE status ECHO_OUTPUT_VARIABLE)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${status}: ${errors}")
endif()
if(count GREATER 1)
  list(GET lines 1 regex)
  if(NOT output MATCHES "${regex}")
    message(FATAL_ERROR "the output of ${PROGRAM} does not match\n  ${regex}")
  endif()
endif()
