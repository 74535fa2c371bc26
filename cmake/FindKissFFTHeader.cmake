# SPDX-License-Identifier: BSD-3-Clause
# Finds KissFFT's C++ template <kissfft/kissfft.hh>: target KissFFT::header. The library of that name is not needed:
# it has one scalar type chosen when it was compiled, the template has all.

find_path(KissFFTHeader_INCLUDE_DIR kissfft/kissfft.hh)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(KissFFTHeader REQUIRED_VARS KissFFTHeader_INCLUDE_DIR)
mark_as_advanced(KissFFTHeader_INCLUDE_DIR)
if(KissFFTHeader_FOUND AND NOT TARGET KissFFT::header)
  add_library(KissFFT::header INTERFACE IMPORTED)
  target_include_directories(KissFFT::header INTERFACE ${KissFFTHeader_INCLUDE_DIR})
endif()
