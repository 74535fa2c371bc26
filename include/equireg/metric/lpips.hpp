// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::lpips`: a perceptual distance over the features of any network.

#include <equireg/backend/cpu/channel_distance.hpp>
#include <equireg/backend/cpu/indexed.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/tensor.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

namespace equireg::metric {

/// The distance of Zhang et al. 2018, arXiv:1801.03924, (1): features of each layer, scaled to norm 1 over channels at
/// every pixel, squared differences with a weight for each channel, the mean over pixels, the sum over layers.
///
/// `features` maps images (B, 3, H, W), scaled as below, to the features of each layer: a std::tuple or std::vector of
/// tensors (B, C_l, H_l, W_l). Published numbers use VGG16 after relu1_2, 2_2, 3_3, 4_3 and 5_3 (64, 128, 256, 512, 512
/// channels) with max pooling, or AlexNet after each of five ReLUs (64, 192, 384, 256, 256); those of piq have VGG16
/// with average pooling, and differ. `io/lpips_weights_file.hpp` reads weights.
template <class Features>
class lpips {
 public:
  using channel_weights = std::vector<std::vector<double>>;

  /// What the published networks were trained on: (x - shift) / scale of images on [-1, 1], channel by channel. It is
  /// ImageNet's normalisation of those on [0, 1].
  static constexpr std::array<double, 3> shift = {-0.030, -0.088, -0.188}, scale = {0.458, 0.448, 0.450};

  /// Added to the norm of a pixel's features, so that those without any stay 0.
  static constexpr double norm_floor = 1e-10;

  /// `weights`: a vector for each layer, with a number >= 0 for each of its channels. Throws where there are none or
  /// one is negative or not finite.
  lpips(Features features, channel_weights weights) : features_(std::move(features)), weights_(std::move(weights)) {
    require(!weights_.empty(), name, "expected the weights of at least one layer");
    for (std::size_t l = 0; l < weights_.size(); ++l) {
      for (const double w : weights_[l]) {
        require(w >= 0 && std::isfinite(w), name, "expected weights >= 0, but layer ", l, " has ", w);
      }
    }
  }

  /// One distance for each sample; 0 where the images agree. x and truth: (B, 3, H, W), [-1, 1]. Throws where shapes
  /// differ, for other numbers of channels, and where the features are not of as many layers and channels as the
  /// weights.
  template <tensor X>
  std::vector<double> operator()(const X& x, const X& truth) const {
    require_shape(truth.shape(), x.shape(), name, "truth");
    require(x.shape().channels == shift.size(), name, "expected images of 3 channels, but they have shape ", x.shape());
    std::vector<double> result(x.shape().batch);
    std::size_t layer = 0;
    const auto add = [&](const auto& u, const auto& v) {
      require(layer < weights_.size(), name, "expected features of ", weights_.size(), " layers, but there are more");
      const shape s = u.shape();
      require(s.batch == result.size() && s.size() > 0 && s.channels == weights_[layer].size(), name, "layer ", layer,
              " has features of shape ", s, ", but there are ", result.size(), " images and ", weights_[layer].size(),
              " weights");
      const std::vector<double> distances = channel_distance(u, v, weights_[layer], norm_floor);
      for (std::size_t b = 0; b < result.size(); ++b) result[b] += distances[b];
      ++layer;
    };
    for_each_layer(features_(scaled(x)), features_(scaled(truth)), add);
    require(layer == weights_.size(), name, "expected features of ", weights_.size(), " layers, but there are ", layer);
    return result;
  }

 private:
  static constexpr const char* name = "equireg::metric::lpips";

  template <class X>
  static X scaled(const X& x) {
    using value_type = typename X::value_type;
    X out(x.shape());
    const std::size_t plane = x.shape().height * x.shape().width;
    transform_indexed(
        out,
        [plane](std::size_t, std::size_t i, value_type v) {
          const std::size_t c = i / plane;
          return static_cast<value_type>((static_cast<double>(v) - shift[c]) / scale[c]);
        },
        x);
    return out;
  }

  template <class... Layers, class F>
  static void for_each_layer(const std::tuple<Layers...>& u, const std::tuple<Layers...>& v, const F& f) {
    const auto all = [&]<std::size_t... l>(std::index_sequence<l...>) { (f(std::get<l>(u), std::get<l>(v)), ...); };
    all(std::index_sequence_for<Layers...>{});
  }
  template <class Layer, class F>
  static void for_each_layer(const std::vector<Layer>& u, const std::vector<Layer>& v, const F& f) {
    require(u.size() == v.size(), name, "features of ", u.size(), " and of ", v.size(), " layers");
    for (std::size_t l = 0; l < u.size(); ++l) f(u[l], v[l]);
  }

  Features features_;
  channel_weights weights_;
};

}  // namespace equireg::metric
