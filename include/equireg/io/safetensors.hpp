// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Files of named tensors in the safetensors format: a reader that trusts nothing, and a writer.

#include <equireg/core/error.hpp>
#include <equireg/io/float16.hpp>
#include <equireg/io/safetensors_header.hpp>

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace equireg::io {

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

/// Reads a safetensors file. The header is read once, checked whole and kept; tensors are copied when asked for.
///
/// Hostile files end in `error`, which names the file and what is wrong; nothing is allocated from a number that was
/// not checked against the file's size. Reading is thread safe.
class safetensors_file {
 public:
  /// Opens and checks a file. Throws where it cannot be read or breaks the format.
  explicit safetensors_file(const std::filesystem::path& path)
      : where_("equireg::io::safetensors_file: " + path.string()), in_(path, std::ios::binary) {
    require(in_.is_open(), where_, "cannot open the file");
    in_.seekg(0, std::ios::end);
    const auto size = static_cast<std::uint64_t>(in_.tellg());
    require(in_.good() && size >= 8, where_, "a file has at least 8 bytes, this one ", in_.good() ? size : 0);
    std::uint64_t length = 0;
    read_at(0, &length, 8);
    require(length >= 2 && length <= safetensors_limits::header_bytes && length <= size - 8, where_,
            "the header should have from 2 to ", std::min(safetensors_limits::header_bytes, size - 8),
            " bytes, the file says ", length);
    std::string text(length, '\0');
    read_at(8, text.data(), length);
    data_begin_ = 8 + length;
    header_ = parse_safetensors_header(text, size - data_begin_, where_);
  }

  /// All tensors by name: dtype, shape and offsets.
  [[nodiscard]] const std::map<std::string, safetensors_entry>& tensors() const { return header_.tensors; }
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return header_.metadata; }
  [[nodiscard]] bool contains(const std::string& name) const { return header_.tensors.contains(name); }

  /// One tensor's description. Throws where there is none of that name.
  [[nodiscard]] const safetensors_entry& entry(const std::string& name) const {
    const auto found = header_.tensors.find(name);
    require(found != header_.tensors.end(), where_, "no tensor named ", printable(name));
    return found->second;
  }

  /// The text of a metadata key. Throws where there is none.
  [[nodiscard]] const std::string& metadata(const std::string& key) const {
    const auto found = header_.metadata.find(key);
    require(found != header_.metadata.end(), where_, "no metadata named ", printable(key));
    return found->second;
  }

  /// A tensor's elements, row major, widened or rounded to float or double from F16, BF16, F32 or F64. Throws for
  /// other dtypes.
  template <std::floating_point T>
  [[nodiscard]] std::vector<T> read(const std::string& name) const {
    const auto& e = entry(name);
    if (e.dtype == "F16") return read_as<T, std::uint16_t>(e, [](std::uint16_t b) { return from_half(b); });
    if (e.dtype == "BF16") return read_as<T, std::uint16_t>(e, [](std::uint16_t b) { return from_bfloat16(b); });
    if (e.dtype == "F32") return read_as<T, float>(e, [](float v) { return v; });
    if (e.dtype == "F64") return read_as<T, double>(e, [](double v) { return v; });
    fail(where_, "tensor ", printable(name), " has dtype ", e.dtype,
         ", expected F16, BF16, F32 or F64");
  }

  /// As `read`, and throws unless the tensor has exactly this shape.
  template <std::floating_point T>
  [[nodiscard]] std::vector<T> read(const std::string& name, const std::vector<std::uint64_t>& expected) const {
    const auto text = [](const std::vector<std::uint64_t>& extents) {
      std::string s = "[";
      for (std::size_t i = 0; i < extents.size(); ++i) s += (i > 0 ? ", " : "") + std::to_string(extents[i]);
      return s + "]";
    };
    require(entry(name).shape == expected, where_, "tensor ", printable(name), " has shape ",
            text(entry(name).shape), ", expected ", text(expected));
    return read<T>(name);
  }

  /// A tensor's bytes as the file has them, whatever its dtype.
  [[nodiscard]] std::vector<std::byte> bytes(const std::string& name) const {
    const auto& e = entry(name);
    std::vector<std::byte> result(e.end - e.begin);
    read_at(data_begin_ + e.begin, result.data(), result.size());
    return result;
  }

  /// "equireg::io::safetensors_file: PATH", for the messages of those who read from it.
  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  void read_at(std::uint64_t offset, void* to, std::size_t count) const {
    const std::lock_guard lock(mutex_);
    in_.clear();
    in_.seekg(static_cast<std::streamoff>(offset));
    in_.read(static_cast<char*>(to), static_cast<std::streamsize>(count));
    require(in_.good() && static_cast<std::size_t>(in_.gcount()) == count, where_, "the file ended while ", count,
            " bytes at ", offset, " were read");
  }

  // In pieces: a tensor that is converted needs no second copy of itself.
  template <class T, class Stored, class Convert>
  std::vector<T> read_as(const safetensors_entry& e, const Convert& convert) const {
    std::vector<T> result(e.count());
    constexpr std::size_t piece = 1U << 16;
    std::vector<Stored> stored(std::min<std::size_t>(piece, result.size()));
    for (std::size_t first = 0; first < result.size(); first += piece) {
      const std::size_t count = std::min(piece, result.size() - first);
      read_at(data_begin_ + e.begin + first * sizeof(Stored), stored.data(), count * sizeof(Stored));
      for (std::size_t i = 0; i < count; ++i) result[first + i] = static_cast<T>(convert(stored[i]));
    }
    return result;
  }

  std::string where_;
  mutable std::mutex mutex_;
  mutable std::ifstream in_;
  std::uint64_t data_begin_ = 0;
  safetensors_header header_;
};

/// Puts a safetensors file together and writes it in one go: larger elements first, then by name, as the reference
/// writer orders them, the header padded so that every tensor is aligned.
class safetensors_writer {
 public:
  /// Adds a tensor, stored as "F64", "F32", "F16" or "BF16"; values beyond the range of those become infinite. Throws
  /// for another dtype, a name that is taken, more than the reader's limits allow, or where the number of values is
  /// not the product of the shape.
  template <std::floating_point T>
  void add(const std::string& name, std::vector<std::uint64_t> dims, std::span<const T> values,
           const std::string& dtype = sizeof(T) == 8 ? "F64" : "F32") {
    require(name != "__metadata__" && !tensors_.contains(name), where, "the name ", printable(name),
            " is taken");
    require(name.size() <= safetensors_limits::name_bytes && dims.size() <= safetensors_limits::rank &&
                tensors_.size() < safetensors_limits::tensors,
            where, "tensor ", printable(name), " has a name of ", name.size(), " bytes, ", dims.size(),
            " extents and ", tensors_.size(), " tensors before it: readers take up to ", safetensors_limits::name_bytes,
            " bytes, ", safetensors_limits::rank, " extents and ", safetensors_limits::tensors, " tensors");
    safetensors_entry entry{dtype, std::move(dims), 0, 0};
    require(dtype == "F64" || dtype == "F32" || dtype == "F16" || dtype == "BF16", where, "cannot store ", dtype,
            ", expected F64, F32, F16 or BF16");
    const std::uint64_t size = safetensors_bytes(name, entry, where);
    require(entry.count() == values.size(), where, "tensor ", printable(name), " has ",
            values.size(), " values for a shape of ", entry.count());
    std::vector<char> data(size);
    char* to = data.data();
    const auto put = [&](auto v) {
      std::memcpy(to, &v, sizeof v);
      to += sizeof v;
    };
    for (const T v : values) {
      if (dtype == "F64") put(static_cast<double>(v));
      if (dtype == "F32") put(static_cast<float>(v));
      if (dtype == "F16") put(to_half(static_cast<float>(v)));
      if (dtype == "BF16") put(to_bfloat16(static_cast<float>(v)));
    }
    tensors_.emplace(name, std::pair(std::move(entry), std::move(data)));
  }
  template <std::floating_point T>
  void add(const std::string& name, std::vector<std::uint64_t> dims, const std::vector<T>& values,
           const std::string& dtype = sizeof(T) == 8 ? "F64" : "F32") {
    add(name, std::move(dims), std::span<const T>(values), dtype);
  }

  /// Free text beside the tensors. Throws where keys and texts grow beyond the reader's limits.
  void set_metadata(const std::string& key, const std::string& value) {
    std::size_t bytes = key.size() + value.size();
    for (const auto& [other, text] : metadata_) bytes += other == key ? 0 : other.size() + text.size();
    require(key.size() <= safetensors_limits::name_bytes && bytes <= safetensors_limits::metadata_bytes, where,
            "metadata ", printable(key), " has a key of ", key.size(), " bytes and makes ", bytes,
            " in all: readers take up to ", safetensors_limits::name_bytes, " and ",
            safetensors_limits::metadata_bytes);
    metadata_[key] = value;
  }

  /// Writes to a file beside `path`, then renames it: whoever opens `path` finds the old file or the new one, whole.
  /// Throws where that fails.
  void write(const std::filesystem::path& path) const {
    std::vector<const std::pair<const std::string, std::pair<safetensors_entry, std::vector<char>>>*> order;
    for (const auto& item : tensors_) order.push_back(&item);
    std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
      return bits_of_dtype(a->second.first.dtype).value() > bits_of_dtype(b->second.first.dtype).value();
    });
    const detail::json_value root(json_object());
    if (!metadata_.empty()) {
      json_t* const texts = json_object();
      json_object_set_new(root.get(), "__metadata__", texts);
      for (const auto& [key, value] : metadata_) set(texts, key, json_stringn(value.data(), value.size()));
    }
    std::uint64_t offset = 0;
    for (const auto* const item : order) {
      const auto& [entry, data] = item->second;
      json_t* const shape = json_array();
      for (const auto extent : entry.shape) json_array_append_new(shape, json_integer(static_cast<json_int_t>(extent)));
      set(root.get(), item->first,
          json_pack("{s:s, s:o, s:[I, I]}", "dtype", entry.dtype.c_str(), "shape", shape, "data_offsets",
                    static_cast<json_int_t>(offset), static_cast<json_int_t>(offset + data.size())));
      offset += data.size();
    }
    const std::unique_ptr<char, decltype(&std::free)> text(json_dumps(root.get(), JSON_COMPACT), &std::free);
    require(text != nullptr, where, "the header cannot be written as JSON");
    std::string header(text.get());
    header.resize((header.size() + 7) / 8 * 8, ' ');
    require(header.size() <= safetensors_limits::header_bytes, where, "the header has ", header.size(),
            " bytes, at most ", safetensors_limits::header_bytes, " are allowed");
    auto temporary = path;
    temporary += ".partial";
    {
      std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
      const std::uint64_t length = header.size();
      out.write(reinterpret_cast<const char*>(&length), 8);
      out.write(header.data(), static_cast<std::streamsize>(header.size()));
      for (const auto* const item : order) {
        out.write(item->second.second.data(), static_cast<std::streamsize>(item->second.second.size()));
      }
      out.close();
      if (!out.good()) {
        remove_quietly(temporary);
        fail(where, "cannot write ", temporary.string());
      }
    }
    std::error_code failure;
    std::filesystem::rename(temporary, path, failure);
    if (failure) remove_quietly(temporary);
    require(!failure, where, "cannot rename ", temporary.string(), " to ", path.string(), ": ", failure.message());
  }

 private:
  // Takes over `value`, which is null where it was made from what is no UTF-8.
  static void set(json_t* object, const std::string& key, json_t* value) {
    const bool is_set = json_object_set_new(object, key.c_str(), value) == 0;
    require(is_set && key.find('\0') == std::string::npos, where, printable(key),
            " or its text is not UTF-8, or holds a zero");
  }

  static void remove_quietly(const std::filesystem::path& path) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }

  static constexpr std::string_view where = "equireg::io::safetensors_writer";
  std::map<std::string, std::pair<safetensors_entry, std::vector<char>>> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace equireg::io
