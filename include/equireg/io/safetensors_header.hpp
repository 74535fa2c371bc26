// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The header of a safetensors file, parsed and checked: what a file says before any of it is believed.

#include <equireg/core/error.hpp>

#include <jansson.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace equireg::io {

/// One tensor of a file: where it lies, counted from the first byte after the header.
struct safetensors_entry {
  std::string dtype;                 ///< "F32", "F16", ...
  std::vector<std::uint64_t> shape;  ///< empty: a scalar
  std::uint64_t begin = 0, end = 0;  ///< bytes

  /// The product of the shape; checked when the header was read.
  [[nodiscard]] std::uint64_t count() const {
    std::uint64_t n = 1;
    for (const auto extent : shape) n *= extent;
    return n;
  }
};

/// The tensors and the free text of a header.
struct safetensors_header {
  std::map<std::string, safetensors_entry> tensors;
  std::map<std::string, std::string> metadata;
};

/// Limits beyond those of the format. No model comes near them.
struct safetensors_limits {
  static constexpr std::uint64_t header_bytes = 100'000'000;
  static constexpr std::size_t tensors = 1'000'000;
  static constexpr std::size_t name_bytes = 4096;
  static constexpr std::size_t rank = 8;
  static constexpr std::size_t metadata_bytes = 10'000'000;
};

/// Bits of one element, or nothing for a name that the format does not have.
inline std::optional<unsigned> bits_of_dtype(std::string_view dtype) {
  static constexpr std::array<std::pair<std::string_view, unsigned>, 22> table{
      {{"BOOL", 8},    {"F4", 4},       {"F6_E2M3", 6}, {"F6_E3M2", 6},     {"U8", 8},          {"I8", 8},
       {"F8_E5M2", 8}, {"F8_E4M3", 8},  {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},
       {"U16", 16},    {"F16", 16},     {"BF16", 16},   {"I32", 32},        {"U32", 32},        {"F32", 32},
       {"C64", 64},    {"F64", 64},     {"I64", 64},    {"U64", 64}}};
  for (const auto& [name, bits] : table) {
    if (name == dtype) return bits;
  }
  return std::nullopt;
}

/// A name as messages print it: short, without control characters.
inline std::string printable(std::string_view name) {
  std::string text = "'";
  for (const char c : name.substr(0, 64)) text += static_cast<unsigned char>(c) < 32 || c == 127 ? '?' : c;
  return text + (name.size() > 64 ? "...'" : "'");
}

namespace detail {

/// Owns a JSON value.
struct json_release {
  void operator()(json_t* value) const { json_decref(value); }
};
using json_value = std::unique_ptr<json_t, json_release>;

/// "an array", "the number 17", ...: what was found where something else should stand.
inline std::string kind_of(const json_t* value) {
  switch (json_typeof(value)) {
    case JSON_OBJECT: return "an object";
    case JSON_ARRAY: return "an array";
    case JSON_STRING: return "a text";
    case JSON_INTEGER: return "the number " + std::to_string(json_integer_value(value));
    case JSON_REAL: return "the real number " + to_text(json_real_value(value));
    case JSON_NULL: return "null";
    default: return "a truth value";
  }
}

/// `shape` or `data_offsets`: up to `most` whole numbers.
inline std::vector<std::uint64_t> read_numbers(const json_t* value, std::size_t most, std::string_view where,
                                               const std::string& field_of_tensor) {
  require(json_is_array(value), where, field_of_tensor, " should be an array, found ", kind_of(value));
  const std::size_t count = json_array_size(value);
  require(count <= most, where, field_of_tensor, " has more than ", most, " elements");
  std::vector<std::uint64_t> numbers(count);
  for (std::size_t i = 0; i < count; ++i) {
    const json_t* const element = json_array_get(value, i);
    require(json_is_integer(element) && json_integer_value(element) >= 0, where, field_of_tensor,
            " should hold whole numbers, found ", kind_of(element));
    numbers[i] = static_cast<std::uint64_t>(json_integer_value(element));
  }
  return numbers;
}

inline safetensors_entry read_entry(json_t* value, std::string_view where, const std::string& tensor) {
  require(json_is_object(value), where, tensor, " should be an object, found ", kind_of(value));
  safetensors_entry entry;
  const char* key = nullptr;
  json_t* field = nullptr;
  json_object_foreach(value, key, field) {
    const std::string_view name = key;
    require(name == "dtype" || name == "shape" || name == "data_offsets", where, tensor, " has the unknown field ",
            printable(name));
  }
  for (const char* const needed : {"dtype", "shape", "data_offsets"}) {
    require(json_object_get(value, needed) != nullptr, where, tensor, " has no `", needed, "`");
  }
  const json_t* const dtype = json_object_get(value, "dtype");
  require(json_is_string(dtype), where, "`dtype` of ", tensor, " should be a text, found ", kind_of(dtype));
  entry.dtype = json_string_value(dtype);
  require(bits_of_dtype(entry.dtype).has_value(), where, tensor, " has the unknown dtype ", printable(entry.dtype));
  entry.shape = read_numbers(json_object_get(value, "shape"), safetensors_limits::rank, where, "`shape` of " + tensor);
  const auto offsets = read_numbers(json_object_get(value, "data_offsets"), 2, where, "`data_offsets` of " + tensor);
  require(offsets.size() == 2, where, "`data_offsets` of ", tensor, " has ", offsets.size(), " elements, expected 2");
  entry.begin = offsets[0];
  entry.end = offsets[1];
  return entry;
}

inline std::map<std::string, std::string> read_metadata(json_t* value, std::string_view where) {
  require(json_is_object(value), where, "'__metadata__' should be an object, found ", kind_of(value));
  std::map<std::string, std::string> metadata;
  std::size_t bytes = 0;
  const char* key = nullptr;
  json_t* text = nullptr;
  json_object_foreach(value, key, text) {
    require(json_is_string(text), where, "'__metadata__' should hold texts, found ", kind_of(text), " at ",
            printable(key));
    bytes += std::string_view(key).size() + json_string_length(text);
    require(bytes <= safetensors_limits::metadata_bytes, where, "the metadata are longer than ",
            safetensors_limits::metadata_bytes, " bytes");
    metadata.emplace(key, json_string_value(text));
  }
  return metadata;
}

}  // namespace detail

/// The bytes of a tensor from its shape and dtype. Throws on overflow or an odd number of half bytes.
inline std::uint64_t safetensors_bytes(const std::string& name, const safetensors_entry& entry,
                                       std::string_view where) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t count = 1;
  for (const auto extent : entry.shape) {
    require(extent == 0 || count <= most / extent, where, "the shape of tensor ", printable(name),
            " has more than 2^64 elements");
    count *= extent;
  }
  const std::uint64_t bits = bits_of_dtype(entry.dtype).value();
  require(count <= most / bits && count * bits % 8 == 0, where, "tensor ", printable(name), " has ",
          count, " elements of ", bits, " bits, no whole number of bytes below 2^61");
  return count * bits / 8;
}

/// Parses a header and checks it against the number of bytes that follow it: every tensor lies inside, has the length
/// of its shape, and together they cover the data without gap or overlap. Throws otherwise.
inline safetensors_header parse_safetensors_header(std::string_view text, std::uint64_t data_bytes,
                                                   std::string_view where) {
  json_error_t failure;
  const detail::json_value root(
      json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &failure));
  require(root != nullptr, where, "the header is not valid JSON at byte ", failure.position, ": ",
          printable(failure.text));
  require(json_is_object(root.get()), where, "the header should be a JSON object, found ",
          detail::kind_of(root.get()));
  safetensors_header header;
  const char* key = nullptr;
  json_t* value = nullptr;
  json_object_foreach(root.get(), key, value) {
    if (std::string_view(key) == "__metadata__") {
      header.metadata = detail::read_metadata(value, where);
      continue;
    }
    require(std::string_view(key).size() <= safetensors_limits::name_bytes, where, "a name is longer than ",
            safetensors_limits::name_bytes, " bytes");
    require(header.tensors.size() < safetensors_limits::tensors, where, "more than ", safetensors_limits::tensors,
            " tensors");
    header.tensors.emplace(key, detail::read_entry(value, where, "tensor " + printable(key)));
  }
  std::vector<const std::pair<const std::string, safetensors_entry>*> order;
  for (const auto& item : header.tensors) {
    const auto& [name, entry] = item;
    const std::uint64_t bytes = safetensors_bytes(name, entry, where);
    require(entry.begin <= entry.end && entry.end - entry.begin == bytes, where, "tensor ",
            printable(name), " needs ", bytes, " bytes, but its offsets are [", entry.begin, ", ",
            entry.end, "]");
    require(entry.end <= data_bytes, where, "tensor ", printable(name), " ends at byte ", entry.end,
            " of ", data_bytes);
    require(bytes <= static_cast<std::uint64_t>(PTRDIFF_MAX) / 8 && entry.count() <= PTRDIFF_MAX / 8, where, "tensor ",
            printable(name), " is too large for this machine");
    order.push_back(&item);
  }
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return std::pair(a->second.begin, a->second.end) < std::pair(b->second.begin, b->second.end);
  });
  std::uint64_t next = 0;
  for (const auto* const item : order) {
    require(item->second.begin == next, where, "tensor ", printable(item->first), " begins at byte ",
            item->second.begin, ", but the tensor before it ends at ", next);
    next = item->second.end;
  }
  require(next == data_bytes, where, "the tensors end at byte ", next, ", but the file has ", data_bytes,
          " bytes of data");
  return header;
}

}  // namespace equireg::io
