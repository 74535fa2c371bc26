# SPDX-License-Identifier: BSD-3-Clause
# Compiles SOURCE with COMPILER and fails if it compiles, or if the messages lack one of its `// expect: <regex>` lines.

file(STRINGS ${SOURCE} expected REGEX "^// expect: ")
if(NOT expected)
  message(FATAL_ERROR "${SOURCE} has no line '// expect: <regex>'")
endif()

set(include_options "")
foreach(directory IN LISTS INCLUDES)
  if(directory)
    list(APPEND include_options -I${directory})
  endif()
endforeach()

set(ENV{LC_ALL} C)  # plain quotes
execute_process(
  COMMAND ${COMPILER} -std=c++20 -fsyntax-only -fmessage-length=0 ${OPTIONS} ${include_options} ${SOURCE}
  OUTPUT_VARIABLE messages ERROR_VARIABLE messages RESULT_VARIABLE status)

if(status EQUAL 0)
  message(FATAL_ERROR "${SOURCE} compiles, but it should be rejected")
endif()
foreach(line IN LISTS expected)
  string(REGEX REPLACE "^// expect: " "" words "${line}")
  if(NOT messages MATCHES "${words}")
    message(FATAL_ERROR "${COMPILER} rejects ${SOURCE} without saying\n  ${words}\nIt says:\n${messages}")
  endif()
endforeach()
