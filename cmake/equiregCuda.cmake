# SPDX-License-Identifier: BSD-3-Clause
# Finds the CUDA toolkit and makes the target equireg::cuda, for programs that use backend/cuda/*.cuh. Target `cuda`
# compiles one generated source, the umbrella header alone, with nvcc: host code of equireg may stand in a .cu file.

if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
  find_program(EQUIREG_NVCC nvcc HINTS $ENV{CUDACXX} /usr/local/cuda/bin REQUIRED)
  execute_process(COMMAND ${EQUIREG_NVCC} --list-gpu-code OUTPUT_VARIABLE equireg_gpus COMMAND_ERROR_IS_FATAL ANY)
  set(CMAKE_CUDA_ARCHITECTURES "")
  foreach(architecture 80 90 100)
    if(equireg_gpus MATCHES "sm_${architecture}[^0-9a-z]")
      list(APPEND CMAKE_CUDA_ARCHITECTURES ${architecture}-real)
    endif()
  endforeach()
  if(NOT CMAKE_CUDA_COMPILER)
    set(CMAKE_CUDA_COMPILER ${EQUIREG_NVCC})
  endif()
endif()
enable_language(CUDA)
message(STATUS "equireg: nvcc ${CMAKE_CUDA_COMPILER_VERSION} for ${CMAKE_CUDA_ARCHITECTURES}")

find_package(CUDAToolkit REQUIRED)

add_library(equireg_cuda INTERFACE)
add_library(equireg::cuda ALIAS equireg_cuda)
target_link_libraries(equireg_cuda INTERFACE equireg::equireg CUDA::cudart_static)
# CMake 3.25 does not know that nvcc speaks C++20, so the option is given as it is.
target_compile_options(equireg_cuda INTERFACE $<$<COMPILE_LANGUAGE:CUDA>:-std=c++20>)
# The OpenMP target speaks to C++ compilers only; nvcc hands the flag to its host compiler.
target_compile_options(equireg_cuda INTERFACE
  $<$<AND:$<COMPILE_LANGUAGE:CUDA>,$<BOOL:${OpenMP_CXX_FOUND}>>:-Xcompiler=-fopenmp>)

set(equireg_umbrella_cu ${CMAKE_CURRENT_BINARY_DIR}/umbrella.cu)
file(CONFIGURE OUTPUT ${equireg_umbrella_cu} CONTENT "#include <equireg/equireg.hpp>\n")
add_library(cuda OBJECT ${equireg_umbrella_cu})
target_link_libraries(cuda PRIVATE equireg::cuda)
target_compile_options(cuda PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings>)
