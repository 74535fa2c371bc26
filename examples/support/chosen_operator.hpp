// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief A measurement of photographs that is chosen by name when the program runs.

#include "support/padded.hpp"

#include <equireg/equireg.hpp>
#include <equireg/measurement/inverse_scattering.hpp>

#include <algorithm>
#include <bit>
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

/// A singular value decomposition behind one type; what the members are, `equireg::has_spectral_form` says.
struct any_spectral_form {
  using X = eq::cpu::tensor<float>;

  template <class Form>
  explicit any_spectral_form(Form form) : values(form.singular_values()) {
    const auto kept = std::make_shared<const Form>(std::move(form));
    to = [kept](const X& x) { return kept->to_modes(x); };
    from = [kept](const X& z) { return kept->from_modes(z); };
    scaled = [kept](const X& y) { return kept->measured(y); };
  }

  [[nodiscard]] X to_modes(const X& x) const { return to(x); }
  [[nodiscard]] X from_modes(const X& z) const { return from(z); }
  [[nodiscard]] const X& singular_values() const { return values; }
  [[nodiscard]] X measured(const X& y) const { return scaled(y); }

  X values;
  std::function<X(const X&)> to, from, scaled;
};

/// One of the library's operators behind one type, so that a program need not compile each solver for each operator.
///
/// It has every member that a solver may ask for. What the operator behind lacks is made where any linear operator has
/// it (the pseudo-inverse and the proximal point, by conjugate gradients), and else an `equireg::error`: ask `gives`.
class chosen_operator {
 public:
  using X = eq::cpu::tensor<float>;
  using pullback_type = std::function<X(const X&)>;

  /// What not every operator has.
  enum class part { adjoint, pseudo_inverse, prox, spectral_form };
  static constexpr const char* name_of(part p) {
    switch (p) {
      case part::adjoint: return "an adjoint: it is not linear";
      case part::pseudo_inverse: return "a pseudo-inverse";
      case part::prox: return "a proximal point";
      case part::spectral_form: return "a singular value decomposition";
    }
    return "";
  }

  /// A name on the command line, what it does, and the step size of DPS that suits it, for 100 steps, in units of the
  /// square root of the number of pixels and channels.
  struct entry {
    const char* name;
    const char* title;
    double step_size;
    std::function<chosen_operator(const eq::shape& image, std::uint64_t seed)> make;
    bool for_colour_only = false;
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

  /// Of the operators that take images of this shape.
  static std::vector<std::string> names_for(const eq::shape& image) {
    std::vector<std::string> result;
    for (const auto& e : all()) {
      if (!e.for_colour_only || image.channels == 3) result.push_back(e.name);
    }
    return result;
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
    namespace m = eq::measurement;
    if constexpr (eq::linear_map<Operator, X>) {
      adjoint_ = [kept](const X& y) { return kept->adjoint(y); };
      if constexpr (eq::has_prox<Operator, X>) {
        prox_ = [kept](const X& x, const X& y, double rho) { return kept->prox(x, y, rho); };
      } else {
        prox_ = [kept](const X& x, const X& y, double rho) { return m::solve_prox(*kept, x, y, rho); };
      }
      if constexpr (!eq::has_pseudo_inverse<Operator, X>) {
        pseudo_inverse_ = [kept](const X& y) { return m::solve_least_squares(*kept, y, {.max_iterations = 50}); };
      }
    }
    if constexpr (eq::has_pseudo_inverse<Operator, X>) {
      pseudo_inverse_ = [kept](const X& y) { return kept->pseudo_inverse(y); };
    }
    if constexpr (eq::has_spectral_form<Operator, X>) {
      spectral_form_ = [kept](const eq::shape& s) { return any_spectral_form(kept->spectral_form(s)); };
    }
  }

  /// Whether the operator has it, or it could be made.
  [[nodiscard]] bool gives(part p) const {
    switch (p) {
      case part::adjoint: return static_cast<bool>(adjoint_);
      case part::pseudo_inverse: return static_cast<bool>(pseudo_inverse_);
      case part::prox: return static_cast<bool>(prox_);
      case part::spectral_form: return static_cast<bool>(spectral_form_);
    }
    return false;
  }

  X operator()(const X& x) const { return measure_(x); }
  eq::linearization<X, pullback_type> linearize(const X& x) const { return linearize_(x); }
  X observed(const X& y) const { return observed_(y); }
  X view(const X& y) const { return view_(y); }

  X adjoint(const X& y) const { return demand(part::adjoint, adjoint_)(y); }
  X pseudo_inverse(const X& y) const { return demand(part::pseudo_inverse, pseudo_inverse_)(y); }
  X prox(const X& x, const X& y, double rho) const { return demand(part::prox, prox_)(x, y, rho); }
  any_spectral_form spectral_form(const eq::shape& sample) const {
    return demand(part::spectral_form, spectral_form_)(sample);
  }

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
  template <class F>
  static const F& demand(part p, const F& f) {
    eq::require(static_cast<bool>(f), "restore", "this measurement lacks ", name_of(p));
    return f;
  }

  std::function<X(const X&)> measure_, observed_, view_, adjoint_, pseudo_inverse_;
  std::function<X(const X&, const X&, double)> prox_;
  std::function<any_spectral_form(const eq::shape&)> spectral_form_;
  std::function<eq::linearization<X, pullback_type>(const X&)> linearize_;
};

namespace views {

using X = chosen_operator::X;

/// Amplitudes as their logarithm: they span many powers of ten.
inline X amplitudes(const X& y) {
  X image(y.shape());
  transform(image, [](float v) { return std::log(1e-2F + std::abs(v)); }, y);
  return chosen_operator::stretched(image);
}

/// Pairs of channels, real and imaginary, as the logarithm of their magnitudes.
inline X magnitudes(const X& z) { return amplitudes(magnitude(z)); }

/// Channels 0, `each`, 2 `each` ..., so that one or three are left.
inline X some_channels(const X& y, std::size_t each) {
  const eq::shape s = y.shape();
  X image({s.batch, s.channels / each, s.height, s.width});
  const std::size_t size = s.height * s.width;
  for (std::size_t b = 0; b < s.batch; ++b) {
    for (std::size_t c = 0; c < s.channels / each; ++c) {
      std::copy_n(y.data() + (b * s.channels + c * each) * size, size,
                  image.data() + (b * (s.channels / each) + c) * size);
    }
  }
  return image;
}

/// A^T y, stretched: for numbers that are no image.
template <class Operator>
auto back_projected(const Operator& a) {
  return [a](const X& y) { return chosen_operator::stretched(a.adjoint(y)); };
}

/// What y pulls on an image of one grey, stretched: for numbers that are no image, of a map that is not linear.
template <class Operator>
auto pulled_back(const Operator& a, const eq::extent& plane) {
  return [a, plane](const X& y) {
    const X grey({y.shape().batch, 1, plane.height, plane.width}, 0.0F);
    return chosen_operator::stretched(eq::linearize(a, grey).pullback(y));
  };
}

}  // namespace views

/// Images whose sides are multiples of `unit`, and square where that is asked.
inline padded to_multiple(const eq::shape& s, std::size_t unit, bool square = false) {
  const auto up = [unit](std::size_t n) { return (n + unit - 1) / unit * unit; };
  const std::size_t side = std::max(up(s.height), up(s.width));
  return {s.plane(), square ? eq::extent{side, side} : eq::extent{up(s.height), up(s.width)}};
}

/// A real image as a complex one: (B, 1, H, W) becomes (B, 2, H, W).
struct as_complex {
  template <class X>
  X operator()(const X& x) const {
    X zero(x.shape());
    fill(zero, 0);
    return concatenate(x, zero).reshaped({x.shape().batch, 2, x.shape().height, x.shape().width});
  }
  template <class X>
  X adjoint(const X& z) const {
    return slice(z, 0, {1, 1, z.shape().height, z.shape().width});
  }
};

/// A measurement of grey images, of a photograph's luma.
template <class Operator, class View>
chosen_operator of_luma(const eq::shape& s, const Operator& a, View view) {
  if (s.channels == 1) return chosen_operator(a, view);
  return chosen_operator(eq::compose(a, eq::measurement::colourisation{}), view);
}

/// Six telescopes that look at one source for ten hours: about the whole Earth or, for closure quantities, which four
/// must see it at a time, on one side.
inline std::vector<eq::measurement::baseline> radio_array(bool one_side = false) {
  constexpr double earth = 6.4e6;  // metres
  std::vector<eq::measurement::station> stations;
  for (std::size_t k = 0; k < 6; ++k) {
    const double latitude = -0.6 + 0.25 * static_cast<double>(k), place = static_cast<double>(k),
                 longitude = one_side ? 0.3 * place : 2.4 * place * place;
    stations.push_back({earth * std::cos(latitude) * std::cos(longitude),
                        earth * std::cos(latitude) * std::sin(longitude), earth * std::sin(latitude)});
  }
  return eq::measurement::synthesize(
      stations, {.declination = 0.4, .first_hour_angle = -1.3, .last_hour_angle = 1.3, .scans = 60});
}

inline const std::vector<chosen_operator::entry>& chosen_operator::all() {
  namespace m = eq::measurement;
  using eq::compose;
  using eq::shape;
  using chosen = chosen_operator;
  const auto at = [](std::uint64_t seed) { return eq::noise_address{seed, 0, eq::purpose::mask, 0}; };
  static const std::vector<entry> entries = {
      {"denoise", "noise alone", 0.06, [](const shape&, std::uint64_t) { return chosen(m::identity{}); }},
      {"box", "box inpainting", 0.03,
       [](const shape& s, std::uint64_t) {
         return chosen(m::inpainting{m::box_mask(s, s.height / 4, s.width / 4, s.height / 2, s.width / 2)});
       }},
      {"random", "random inpainting, 70%", 0.08,
       [=](const shape& s, std::uint64_t seed) { return chosen(m::inpainting{m::random_mask(s, 0.7, at(seed))}); }},
      {"demosaic", "Bayer mosaic", 0.08,
       [](const shape& s, std::uint64_t) { return chosen(m::inpainting{m::bayer_mask(s)}); }, true},
      {"colourise", "luma alone", 0.01,
       [](const shape&, std::uint64_t) { return chosen(m::colourisation{}); }, true},
      {"sr4", "x4 super-resolution", 0.1,
       [](const shape& s, std::uint64_t) {
         return chosen(compose(m::super_resolution{.factor = 4}, to_multiple(s, 4)));
       }},
      {"sr4kernel", "x4, Gaussian kernel", 0.1,
       [](const shape& s, std::uint64_t) {
         return chosen(compose(m::strided_blur{.kernel = m::gaussian_kernel(1.6), .stride = 4}, to_multiple(s, 4)));
       }},
      {"deblur", "Gaussian blur, sigma 3", 0.1,
       [](const shape&, std::uint64_t) { return chosen(m::gaussian_blur{}); }},
      {"motion", "motion blur", 0.1,
       [=](const shape&, std::uint64_t seed) {
         return chosen(m::blur{.kernel = m::motion_kernel({.size = 31, .intensity = 0.5}, at(seed))});
       }},
      {"anisotropic", "anisotropic blur", 0.1,
       [](const shape&, std::uint64_t) {
         return chosen(m::blur{.kernel = m::gaussian_kernel({.sigma_along = 5, .sigma_across = 1, .angle = 0.6})});
       }},
      {"varying", "blur that varies", 0.1,
       [=](const shape& s, std::uint64_t seed) {
         std::vector<eq::filter_kernel> kernels;
         for (std::uint64_t k = 0; k < 9; ++k) kernels.push_back(m::motion_kernel({.size = 25}, at(seed + k)));
         const eq::extent grid{std::min<std::size_t>(3, s.height), std::min<std::size_t>(3, s.width)};
         kernels.resize(grid.height * grid.width, kernels.front());
         return chosen(m::spatially_varying_blur(kernels, m::bilinear_weights<X>(s.plane(), grid)));
       }},
      {"sensing", "Walsh-Hadamard, 1 of 2", 0.1,
       [=](const shape& s, std::uint64_t seed) {
         const eq::extent grown{std::bit_ceil(s.height), std::max<std::size_t>(2, std::bit_ceil(s.width))};
         const m::compressed_sensing half(grown, {.ratio = 2, .address = at(seed)});
         const auto a = compose(half, padded{s.plane(), grown});
         return chosen(a, views::back_projected(a));
       }},
      {"fourier", "Fourier sampling, lines", 0.1,
       [=](const shape& s, std::uint64_t seed) {
         const auto mask = m::random_lines_mask(s, {.acceleration = 4}, at(seed));
         return chosen(m::fourier_sampling(mask, m::image_kind::real), views::magnitudes);
       }},
      {"mri", "MRI, 8 coils (sum)", 0.01,
       [=](const shape& s, std::uint64_t seed) {
         const m::mri<X> a(m::random_lines_mask(s, {.acceleration = 4}, at(seed)), m::synthetic_coil_maps(s, 8));
         const auto view = [a](const X& y) { return stretched(a.root_sum_of_squares_image(y)); };
         return of_luma(s, compose(a, as_complex{}), view);
       }},
      {"tomography", "tomography, 60 views", 0.001,
       [](const shape& s, std::uint64_t) {
         const padded square = to_multiple(s, 2, true);
         return chosen(compose(m::tomography{.size = square.to.height, .angles = m::equispaced_angles(60)}, square),
                       stretched);
       }},
      {"phase", "phase retrieval", 0.1,
       [](const shape&, std::uint64_t) { return chosen(m::phase_retrieval{}, views::amplitudes); }},
      {"diffraction", "coded diffraction", 0.1,
       [=](const shape& s, std::uint64_t seed) {
         return chosen(m::coded_diffraction(m::diffraction_masks(s, 4, m::diffraction_code::octanary, at(seed))),
                       [](const X& y) { return views::some_channels(views::amplitudes(y), 4); });
       }},
      {"interferometry", "interferometry", 0.0003,
       [](const shape& s, std::uint64_t) {
         const double pixel = 1.5e-6 / static_cast<double>(std::max(s.height, s.width));
         const m::interferometer<X> a(radio_array(), s.plane(), pixel);
         return of_luma(s, a, views::back_projected(a));
       }},
      {"closure", "closure quantities", 0.001,
       [](const shape& s, std::uint64_t) {
         const double pixel = 1.5e-6 / static_cast<double>(std::max(s.height, s.width));
         const auto baselines = radio_array(true);
         const m::closure_quantities<X> closures(baselines.size(),
                                                 {.phases = m::closure_triangles(baselines),
                                                  .log_amplitudes = m::closure_quadrangles(baselines)});
         // Light is not negative: the telescopes see the photograph on [0, 1].
         const m::affine_input a{compose(closures, m::interferometer<X>(baselines, s.plane(), pixel))};
         return of_luma(s, a, views::pulled_back(a, s.plane()));
       }},
      {"scattering", "inverse scattering", 0.001,
       [](const shape& s, std::uint64_t) {
         const std::size_t factor = (std::max(s.height, s.width) + 63) / 64;
         const padded square = to_multiple(s, factor, true);
         const auto field = m::inverse_scattering<X>({.pixels = square.to.height / factor, .receivers = 180});
         // In units in which the data are about 1, and noise is what it is for the other operators.
         const m::scaled in_units{compose(field, m::super_resolution{factor, m::downsampling::average}, square), 1e3};
         return of_luma(s, in_units, views::magnitudes);
       }},
      {"average4", "x4, mean of blocks", 0.1,
       [](const shape& s, std::uint64_t) {
         return chosen(compose(m::super_resolution{4, m::downsampling::average}, to_multiple(s, 4)));
       }},
      {"clip", "clipped to [-0.5, 0.5]", 0.06,
       [](const shape&, std::uint64_t) { return chosen(m::clipping{.factor = 1, .low = -0.5, .high = 0.5}); }},
      {"looks", "two looks: x8, and 10%", 0.1,
       [=](const shape& s, std::uint64_t seed) {
         const auto small = compose(m::super_resolution{8, m::downsampling::average}, to_multiple(s, 8));
         const auto few = m::inpainting{m::random_mask(s, 0.9, at(seed))};
         const m::stacked both(X(s.with_batch(1), 0.0F), small, few);
         return chosen(both, [both](const X& y) { return both.template part<1>(y); });
       }},
      {"lost", "blurred, half lost", 0.1,
       [=](const shape& s, std::uint64_t seed) {
         return chosen(m::masked(m::gaussian_blur{}, m::random_mask(s, 0.5, at(seed))));
       }},
      {"hdr", "high dynamic range", 0.1,
       [](const shape&, std::uint64_t) { return chosen(m::high_dynamic_range{}); }},
      {"quantise", "quantised to 6 levels", 0.06,
       [](const shape&, std::uint64_t) { return chosen(m::quantisation{.levels = 6}); }},
      {"gamma", "blur in linear light", 0.1,
       [](const shape&, std::uint64_t) { return chosen(m::gamma_blur{m::gaussian_blur{}}); }},
  };
  return entries;
}

}  // namespace support
