// SPDX-License-Identifier: BSD-3-Clause
//
// The operators that take photographs.

#include "support/chosen_operator.hpp"
#include "support/padded.hpp"

#include <equireg/equireg.hpp>
#include <equireg/measurement/inverse_scattering.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace support {

namespace {

namespace views {

using X = any_operator::X;

/// Amplitudes as their logarithm: they span many powers of ten.
X amplitudes(const X& y) {
  X image(y.shape());
  transform(image, [](float v) { return std::log(1e-2F + std::abs(v)); }, y);
  return any_operator::stretched(image);
}

/// Pairs of channels, real and imaginary, as the logarithm of their magnitudes.
X magnitudes(const X& z) { return amplitudes(magnitude(z)); }

/// Channels 0, `each`, 2 `each` ..., so that one or three are left.
X some_channels(const X& y, std::size_t each) {
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
  return [a](const X& y) { return any_operator::stretched(a.adjoint(y)); };
}

/// What y pulls on an image of one grey, stretched: for numbers that are no image, of a map that is not linear.
template <class Operator>
auto pulled_back(const Operator& a, const eq::extent& plane) {
  return [a, plane](const X& y) {
    const X grey({y.shape().batch, 1, plane.height, plane.width}, 0.0F);
    return any_operator::stretched(eq::linearize(a, grey).pullback(y));
  };
}

}  // namespace views

/// Images whose sides are multiples of `unit`, and square where that is asked.
padded to_multiple(const eq::shape& s, std::size_t unit, bool square = false) {
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
any_operator of_luma(const eq::shape& s, const Operator& a, View view) {
  if (s.channels == 1) return any_operator(a, view);
  return any_operator(eq::compose(a, eq::measurement::colourisation{}), view);
}

/// Six telescopes that look at one source for ten hours: about the whole Earth or, for closure quantities, which four
/// must see it at a time, on one side.
std::vector<eq::measurement::baseline> radio_array(bool one_side = false) {
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

}  // namespace

const std::vector<chosen_operator>& chosen_operator::all() {
  namespace m = eq::measurement;
  using eq::compose;
  using eq::shape;
  using chosen = any_operator;
  const auto at = [](std::uint64_t seed) { return eq::noise_address{seed, 0, eq::purpose::mask, 0}; };
  static const std::vector<chosen_operator> entries = {
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
         const auto view = [a](const X& y) { return any_operator::stretched(a.root_sum_of_squares_image(y)); };
         return of_luma(s, compose(a, as_complex{}), view);
       }},
      {"tomography", "tomography, 60 views", 0.001,
       [](const shape& s, std::uint64_t) {
         const padded square = to_multiple(s, 2, true);
         return chosen(compose(m::tomography{.size = square.to.height, .angles = m::equispaced_angles(60)}, square),
                       any_operator::stretched);
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
