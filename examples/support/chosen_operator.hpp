// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief A measurement of photographs that is chosen by name when the program runs.

#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/random.hpp>
#include <equireg/measurement/gaussian_blur.hpp>
#include <equireg/measurement/identity.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/measurement/masks.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/super_resolution.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace support {

namespace eq = equireg;

/// One of the library's operators behind one type, so that a program need not compile each solver for each operator.
class chosen_operator {
 public:
  using X = eq::cpu::tensor<float>;
  using pullback_type = std::function<X(const X&)>;

  /// A name on the command line, what it does, and the step size of DPS that suits it, for 100 steps, in units of the
  /// square root of the number of pixels and channels.
  struct entry {
    const char* name;
    const char* title;
    double step_size;
    std::function<chosen_operator(const eq::shape& image, std::uint64_t seed)> make;
  };

  /// All of them.
  static const std::vector<entry>& all();

  /// The entry of this name. Throws, with a list, where there is none.
  static const entry& by_name(const std::string& name) {
    for (const auto& e : all()) {
      if (e.name == name) return e;
    }
    eq::fail("restore", "expected a task of ", names(), ", but got '", name, "'");
  }

  static std::string names() {
    std::string text;
    for (const auto& e : all()) text += (text.empty() ? "" : ", ") + std::string(e.name);
    return text;
  }

  /// `view` makes a measurement an image to look at, (B, 1 or 3, H, W) on [-1, 1].
  template <class Operator>
  explicit chosen_operator(Operator a, std::function<X(const X&)> view = as_it_is) : view_(std::move(view)) {
    const auto kept = std::make_shared<const Operator>(std::move(a));
    measure_ = [kept](const X& x) { return (*kept)(x); };
    linearize_ = [kept](const X& x) {
      auto [value, pullback] = eq::linearize(*kept, x);
      return eq::linearization<X, pullback_type>{std::move(value), [kept, pull = std::move(pullback)](const X& v) {
                                                   return pull(v);
                                                 }};
    };
    if constexpr (eq::measurement::has_observed<Operator, X>) {
      observed_ = [kept](const X& y) { return kept->observed(y); };
    } else {
      observed_ = as_it_is;
    }
  }

  X operator()(const X& x) const { return measure_(x); }
  eq::linearization<X, pullback_type> linearize(const X& x) const { return linearize_(x); }
  X observed(const X& y) const { return observed_(y); }
  X view(const X& y) const { return view_(y); }

  static X as_it_is(const X& y) { return y; }

  /// Numbers of any range, brought to [-1, 1].
  static X stretched(const X& y) {
    const auto [low, high] = std::minmax_element(y.values().begin(), y.values().end());
    const float scale = *high > *low ? 2 / (*high - *low) : 0.0F;
    X image(y.shape());
    transform(image, [l = *low, scale](float v) { return scale * (v - l) - 1; }, y);
    return image;
  }

 private:
  std::function<X(const X&)> measure_, observed_, view_;
  std::function<eq::linearization<X, pullback_type>(const X&)> linearize_;
};

inline const std::vector<chosen_operator::entry>& chosen_operator::all() {
  namespace m = eq::measurement;
  using eq::shape;
  const auto mask_address = [](std::uint64_t seed) { return eq::noise_address{seed, 0, eq::purpose::mask, 0}; };
  static const std::vector<entry> entries = {
      {"denoise", "noise alone", 0.06, [](const shape&, std::uint64_t) { return chosen_operator(m::identity{}); }},
      {"box", "box inpainting, half by half", 0.03,
       [](const shape& s, std::uint64_t) {
         return chosen_operator(
             m::inpainting{m::box_mask(s, s.height / 4, s.width / 4, s.height / 2, s.width / 2)});
       }},
      {"random", "random inpainting, 70% removed", 0.08,
       [=](const shape& s, std::uint64_t seed) {
         return chosen_operator(m::inpainting{m::random_mask(s, 0.7, mask_address(seed))});
       }},
      {"sr4", "super-resolution x4, bicubic", 0.1,
       [](const shape&, std::uint64_t) { return chosen_operator(m::super_resolution{.factor = 4}); }},
      {"deblur", "Gaussian blur, sigma 3", 0.1,
       [](const shape&, std::uint64_t) { return chosen_operator(m::gaussian_blur{}); }},
  };
  return entries;
}

}  // namespace support
