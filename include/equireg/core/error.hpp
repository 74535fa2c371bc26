// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `error`: what the library throws, and the two functions that throw it.

#include <equireg/core/shape.hpp>  // to_text(shape)

#include <concepts>
#include <cstdio>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

namespace equireg {

/// Every error of the library. `what()` reads "where: what was expected, and what came".
class error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// @name The parts of a message as text
/// @{
inline std::string to_text(std::string_view text) { return std::string(text); }
inline std::string to_text(const char* text) { return text; }
inline std::string to_text(bool value) { return value ? "true" : "false"; }
template <std::integral Integer>
std::string to_text(Integer value) {
  return std::to_string(value);
}
template <std::floating_point Real>
std::string to_text(Real value) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.6g", static_cast<double>(value));
  return digits;
}
/// @}

namespace detail {

/// One part of a message: where it lies, and how it becomes text.
struct message_part {
  const void* value;
  std::string (*text)(const void*);
};

template <class Part>
message_part part_of(const Part& part) {
  return {&part, [](const void* value) { return to_text(*static_cast<const Part*>(value)); }};
}
inline message_part part_of(const char* text) {
  return {text, [](const void* value) { return to_text(static_cast<const char*>(value)); }};
}

/// Messages are put together here, not in every function that may fail: that would be a fifth of the machine code, and
/// of the time to compile it.
[[noreturn, gnu::cold, gnu::noinline]] inline void throw_error(std::string_view where,
                                                               std::initializer_list<message_part> parts) {
  std::string message(where);
  message += ": ";
  for (const auto& part : parts) message += part.text(part.value);
  throw error(message);
}

}  // namespace detail

/// Throws `error` with the message "where: parts...".
template <class... Parts>
[[noreturn]] void fail(std::string_view where, const Parts&... parts) {
  detail::throw_error(where, {detail::part_of(parts)...});
}

/// Throws as `fail` does unless `condition` holds. The message is put together only then.
template <class... Parts>
void require(bool condition, std::string_view where, const Parts&... parts) {
  if (!condition) [[unlikely]] detail::throw_error(where, {detail::part_of(parts)...});
}

/// Throws unless `actual` is `expected`: "where: `name` has shape (1, 3, 8, 8), expected (1, 3, 4, 4)".
inline void require_shape(const shape& actual, const shape& expected, std::string_view where, std::string_view name) {
  if (actual != expected) fail(where, name, " has shape ", actual, ", expected ", expected);
}

}  // namespace equireg
