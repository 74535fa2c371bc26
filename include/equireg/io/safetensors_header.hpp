// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The header of a safetensors file, parsed and checked: what a file says before any of it is believed.

#include <equireg/core/error.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
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

/// Takes the parser's events one by one, so that a repeated key is seen and nothing unexpected is ever stored.
class safetensors_events : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit safetensors_events(std::string_view where) : where_(where) {}

  safetensors_header take() {
    require(depth_ == 0 && seen_object_, where_, "the header is no JSON object");
    return std::move(header_);
  }

  bool null() override { return reject("null"); }
  bool boolean(bool) override { return reject("a truth value"); }
  bool number_integer(number_integer_t value) override { return reject("the number ", value); }
  bool number_float(number_float_t, const string_t& text) override { return reject("the number ", text.substr(0, 64)); }
  bool binary(binary_t&) override { return reject("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (depth_ != 3 || (field_ != "shape" && field_ != "data_offsets")) return reject("the number ", value);
    numbers_.push_back(value);
    const std::size_t most = field_ == "shape" ? safetensors_limits::rank : 2;
    require(numbers_.size() <= most, where_, "`", field_, "` of tensor ", quoted(name_), " has more than ", most,
            " elements");
    return true;
  }

  bool string(string_t& value) override {
    if (depth_ != 2) return reject("a text");
    if (in_metadata_) {
      metadata_bytes_ += field_.size() + value.size();
      require(metadata_bytes_ <= safetensors_limits::metadata_bytes, where_, "the metadata are longer than ",
              safetensors_limits::metadata_bytes, " bytes");
      header_.metadata[field_] = value;
      return true;
    }
    if (field_ != "dtype") return reject("a text");
    require(bits_of_dtype(value).has_value(), where_, "tensor ", quoted(name_), " has the unknown dtype ",
            quoted(value));
    entry_.dtype = value;
    return true;
  }

  bool start_object(std::size_t) override {
    if (depth_ == 0) {
      seen_object_ = true;
    } else if (depth_ != 1) {
      return reject("an object");
    }
    ++depth_;
    keys_.clear();
    return true;
  }

  bool key(string_t& value) override {
    require(value.size() <= safetensors_limits::name_bytes, where_, "a name is longer than ",
            safetensors_limits::name_bytes, " bytes");
    if (depth_ == 1) {
      const bool metadata = value == "__metadata__";
      require(metadata ? !seen_metadata_ : !header_.tensors.contains(value), where_, "the name ", quoted(value),
              " occurs twice");
      require(metadata || header_.tensors.size() < safetensors_limits::tensors, where_, "more than ",
              safetensors_limits::tensors, " tensors");
      in_metadata_ = metadata;
      seen_metadata_ = seen_metadata_ || metadata;
      name_ = value;
      entry_ = {};
      return true;
    }
    require(keys_.insert(value).second, where_, "the key ", quoted(value), " occurs twice in ", quoted(name_));
    require(in_metadata_ || value == "dtype" || value == "shape" || value == "data_offsets", where_, "tensor ",
            quoted(name_), " has the unknown field ", quoted(value));
    field_ = value;
    return true;
  }

  bool end_object() override {
    if (--depth_ == 1 && !in_metadata_) {
      for (const auto* const field : {"dtype", "shape", "data_offsets"}) {
        require(keys_.contains(field), where_, "tensor ", quoted(name_), " has no `", field, "`");
      }
      header_.tensors.emplace(name_, entry_);
    }
    return true;
  }

  bool start_array(std::size_t) override {
    if (depth_ != 2 || in_metadata_ || field_ == "dtype") return reject("an array");
    ++depth_;
    numbers_.clear();
    return true;
  }

  bool end_array() override {
    --depth_;
    if (field_ == "shape") {
      entry_.shape = numbers_;
    } else {
      require(numbers_.size() == 2, where_, "`data_offsets` of tensor ", quoted(name_), " has ", numbers_.size(),
              " elements, expected 2");
      entry_.begin = numbers_[0];
      entry_.end = numbers_[1];
    }
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& e) override {
    // The parser quotes what it read last, which may be nearly the whole header.
    const std::string_view said = e.what();
    fail(where_, "the header is not valid JSON at byte ", position, ": ", said.substr(0, 200),
         said.size() > 200 ? "..." : "");
  }

  /// A name as messages print it: short, without control characters.
  static std::string quoted(std::string_view name) {
    std::string text = "'";
    for (const char c : name.substr(0, 64)) text += static_cast<unsigned char>(c) < 32 || c == 127 ? '?' : c;
    return text + (name.size() > 64 ? "...'" : "'");
  }

 private:
  template <class... Parts>
  bool reject(const Parts&... parts) {
    if (depth_ == 0) fail(where_, "the header should be a JSON object, found ", parts...);
    fail(where_, "unexpected in the header: ", parts..., " in ", quoted(name_),
         depth_ >= 2 ? ", field " + quoted(field_) : std::string());
  }

  std::string_view where_;
  safetensors_header header_;
  std::string name_, field_;
  safetensors_entry entry_;
  std::vector<std::uint64_t> numbers_;
  std::set<std::string> keys_;
  std::size_t depth_ = 0, metadata_bytes_ = 0;
  bool seen_object_ = false, in_metadata_ = false, seen_metadata_ = false;
};

/// The bytes of a tensor from its shape and dtype. Throws on overflow or an odd number of half bytes.
inline std::uint64_t safetensors_bytes(const std::string& name, const safetensors_entry& entry,
                                       std::string_view where) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t count = 1;
  for (const auto extent : entry.shape) {
    require(extent == 0 || count <= most / extent, where, "the shape of tensor ", safetensors_events::quoted(name),
            " has more than 2^64 elements");
    count *= extent;
  }
  const std::uint64_t bits = bits_of_dtype(entry.dtype).value();
  require(count <= most / bits && count * bits % 8 == 0, where, "tensor ", safetensors_events::quoted(name), " has ",
          count, " elements of ", bits, " bits, no whole number of bytes below 2^61");
  return count * bits / 8;
}

/// Parses a header and checks it against the number of bytes that follow it: every tensor lies inside, has the length
/// of its shape, and together they cover the data without gap or overlap. Throws otherwise.
inline safetensors_header parse_safetensors_header(std::string_view text, std::uint64_t data_bytes,
                                                   std::string_view where) {
  // nlohmann's parser would skip a byte-order mark, and take a zero for the end of the text.
  require(text.find('\0') == std::string_view::npos, where, "the header is not valid JSON: it holds a zero byte");
  require(!text.starts_with("\xEF\xBB\xBF"), where, "the header begins with a byte-order mark");
  safetensors_events events(where);
  nlohmann::json::sax_parse(text.begin(), text.end(), &events);
  auto header = events.take();
  std::vector<const std::pair<const std::string, safetensors_entry>*> order;
  for (const auto& item : header.tensors) {
    const auto& [name, entry] = item;
    const std::uint64_t bytes = safetensors_bytes(name, entry, where);
    require(entry.begin <= entry.end && entry.end - entry.begin == bytes, where, "tensor ",
            safetensors_events::quoted(name), " needs ", bytes, " bytes, but its offsets are [", entry.begin, ", ",
            entry.end, "]");
    require(entry.end <= data_bytes, where, "tensor ", safetensors_events::quoted(name), " ends at byte ", entry.end,
            " of ", data_bytes);
    require(bytes <= static_cast<std::uint64_t>(PTRDIFF_MAX) / 8 && entry.count() <= PTRDIFF_MAX / 8, where, "tensor ",
            safetensors_events::quoted(name), " is too large for this machine");
    order.push_back(&item);
  }
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return std::pair(a->second.begin, a->second.end) < std::pair(b->second.begin, b->second.end);
  });
  std::uint64_t next = 0;
  for (const auto* const item : order) {
    require(item->second.begin == next, where, "tensor ", safetensors_events::quoted(item->first), " begins at byte ",
            item->second.begin, ", but the tensor before it ends at ", next);
    next = item->second.end;
  }
  require(next == data_bytes, where, "the tensors end at byte ", next, ", but the file has ", data_bytes,
          " bytes of data");
  return header;
}

}  // namespace equireg::io
