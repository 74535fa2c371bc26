// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief How an example ends: an error's message and status, in place of std::terminate.

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace support {

/// run(argc, argv), or the message of what it threw on stderr, and status 1.
inline int guarded(int (*run)(int, char**), int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return EXIT_FAILURE;
  }
}

}  // namespace support
