# SPDX-License-Identifier: BSD-3-Clause
# Finds what equireg::equireg links and lists it in equireg_dependencies and equireg_optional_dependencies. Used by the
# build and by the installed package, so that the two cannot disagree.
#
# Three may be missing: without OpenMP everything runs on one thread; without jansson the safetensors headers of io/
# cannot be included; without oneDNN the BLAS multiplies all matrices, not only those in double precision.

# A missing library is reported, in the package, by the find_package(equireg) that asked; in the build, here.
macro(equireg_find library)
  if(CMAKE_FIND_PACKAGE_NAME STREQUAL "equireg")
    include(CMakeFindDependencyMacro)
    find_dependency(${library})
  else()
    find_package(${library} REQUIRED)
  endif()
endmacro()

# xtensor-blas links whatever BLAS was found first: name OpenBLAS before it looks, unless the user named another.
if(NOT DEFINED BLA_VENDOR AND NOT DEFINED BLAS_LIBRARIES)
  set(BLA_VENDOR OpenBLAS)
  set(equireg_blas_is_ours TRUE)
  find_package(BLAS QUIET)
  if(NOT BLAS_FOUND)
    unset(BLA_VENDOR)
    message(STATUS "equireg: OpenBLAS not found, taking any BLAS and LAPACK")
  endif()
endif()
equireg_find(BLAS)
equireg_find(LAPACK)
equireg_find(xtensor)
equireg_find(xtensor-blas)
if(equireg_blas_is_ours)
  unset(BLA_VENDOR)  # the choice was for equireg, not for what its user looks for next
  unset(equireg_blas_is_ours)
endif()
equireg_find(KissFFTHeader)

set(equireg_dependencies xtensor xtensor-blas LAPACK::LAPACK BLAS::BLAS KissFFT::header)

set(equireg_optional_dependencies Jansson::Jansson OneDNN::OneDNN OpenMP::OpenMP_CXX)

find_package(Jansson QUIET)
set(equireg_jansson found)
if(NOT Jansson_FOUND)
  set(equireg_jansson "missing, io/safetensors.hpp cannot be used")
endif()

# On other processors oneDNN's products are plain loops, slower than any BLAS.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  find_package(OneDNN QUIET)
endif()
set(equireg_onednn found)
if(NOT OneDNN_FOUND)
  set(equireg_onednn "not used, the BLAS multiplies matrices of float too")
endif()

find_package(OpenMP QUIET COMPONENTS CXX)
if(OpenMP_CXX_FOUND)
  set(equireg_openmp "version ${OpenMP_CXX_VERSION}")
else()
  set(equireg_openmp "missing, everything runs on one thread")
endif()
if(NOT equireg_FIND_QUIETLY)
  message(STATUS "equireg: jansson: ${equireg_jansson}")
  message(STATUS "equireg: oneDNN: ${equireg_onednn}")
  message(STATUS "equireg: OpenMP: ${equireg_openmp}")
endif()
