# SPDX-License-Identifier: BSD-3-Clause
# Fails unless the first C++ block of README is PROGRAM.

file(READ ${README} text)
file(READ ${PROGRAM} program)
string(FIND "${text}" "```cpp\n" begin)
if(begin EQUAL -1)
  message(FATAL_ERROR "${README} has no C++ block")
endif()
math(EXPR begin "${begin} + 7")
string(SUBSTRING "${text}" ${begin} -1 rest)
string(FIND "${rest}" "```" end)
string(SUBSTRING "${rest}" 0 ${end} block)
if(NOT block STREQUAL program)
  message(FATAL_ERROR "the first program of ${README} is not ${PROGRAM}")
endif()
