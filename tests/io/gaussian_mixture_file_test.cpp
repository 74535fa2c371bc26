// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/random_mixture.hpp>
#include <support/temporary_file.hpp>
#include <support/tolerance.hpp>

#include <equireg/io/gaussian_mixture_file.hpp>

#include <string>
#include <vector>

namespace gaussian_mixture_file_test {

namespace eq = equireg;
using namespace equireg::test;

namespace {

template <class T>
using mixture = eq::score::gaussian_mixture<eq::score::covariance::low_rank<T>>;

// The largest relative error of the covariances.
template <class T>
double covariance_error(const mixture<T>& a, const mixture<T>& b) {
  double worst = 0;
  const std::size_t d = a.sample_shape().sample_size();
  for (std::size_t k = 0; k < a.size(); ++k) {
    worst = std::max(worst, relative_error(b.covariances()[k].dense(d).values(), a.covariances()[k].dense(d).values()));
  }
  return worst;
}

}  // namespace

TEMPLATE_TEST_CASE("a mixture comes back from its file", "[io][gaussian_mixture_file]", float, double) {
  const temporary_file file("mixture.safetensors");
  // Ranks 0, 1 and 2 occur.
  const auto original = random_mixture<eq::score::covariance::low_rank<TestType>>(4, {1, 2, 3, 4}, 8);
  eq::io::save_gaussian_mixture(file.path(), original);
  const auto loaded = eq::io::load_gaussian_mixture<TestType>(file.path());
  REQUIRE(loaded.size() == 4);
  CHECK(loaded.sample_shape() == original.sample_shape());
  CHECK(relative_error(loaded.weights(), original.weights()) < 1e-15);
  CHECK(relative_error(loaded.means().values(), original.means().values()) < 1e-7);
  CHECK(covariance_error(original, loaded) < 1e-6);

  eq::io::save_gaussian_mixture(file.path(), original, "F16");
  const auto halved = eq::io::load_gaussian_mixture<TestType>(file.path());
  const double error = relative_error(halved.means().values(), original.means().values());
  CHECK(error < 0x1p-11);
  CHECK(error > 0x1p-14);  // it was stored in half precision
  CHECK(covariance_error(original, halved) < 0x1p-9);
  const auto x = normal_tensor<TestType>({2, 2, 3, 4}, 1);
  CHECK(relative_error(halved.denoise(x, eq::variance_exploding(0.5)).values(),
                       original.denoise(x, eq::variance_exploding(0.5)).values()) < 5e-3);
}

TEST_CASE("what the precision of the file cannot hold is not written", "[io][gaussian_mixture_file]") {
  const temporary_file file("mixture.safetensors");
  using covariance = eq::score::covariance::low_rank<double>;
  const auto save = [&](double mean, double factor, const std::string& dtype) {
    const eq::cpu::tensor<double> factors({1, 1, 1, 1}, factor);
    eq::io::save_gaussian_mixture(
        file.path(), mixture<double>({1.0}, eq::cpu::tensor<double>({1, 1, 1, 1}, mean), {covariance(factors, 1.0)}),
        dtype);
    return eq::io::load_gaussian_mixture<double>(file.path()).means().data()[0];
  };
  CHECK(save(65519, 1, "F16") == 65504);
  CHECK(save(1e38, 1, "F32") == static_cast<double>(1e38F));
  CHECK_THROWS_WITH(save(65520, 1, "F16"), contains("65520 does not fit into F16"));
  CHECK_THROWS_WITH(save(65519.9999999, 1, "F16"), contains("does not fit into F16"));  // as a float: 65520
  CHECK_THROWS_WITH(save(0, 7e4, "F16"), contains("does not fit into F16"));
  CHECK_THROWS_WITH(save(-1e39, 1, "F32"), contains("-1e+39 does not fit into F32"));
  CHECK_THROWS_WITH(save(0, 1, "F64"), contains("cannot store F64, expected F32 or F16"));
}

TEST_CASE("a mixture file that lost or gained a byte, or a tensor, is refused", "[io][gaussian_mixture_file]") {
  const temporary_file file("mixture.safetensors");
  using covariance = eq::score::covariance::low_rank<float>;
  eq::io::save_gaussian_mixture(file.path(), random_mixture<covariance>(3, {1, 1, 2, 3}, 5));
  const std::string whole = file.read();
  const auto load = [&](const std::string& bytes) {
    file.write(bytes);
    return eq::io::load_gaussian_mixture<float>(file.path()).size();
  };
  CHECK(load(whole) == 3);
  CHECK_THROWS_WITH(load(whole.substr(0, whole.size() - 1)), contains("ends at byte"));
  CHECK_THROWS_WITH(load(whole + "x"), contains("bytes of data"));
  CHECK_THROWS_WITH(load(whole.substr(0, 40)), contains("the header should have"));
  std::string renamed = whole;
  renamed.replace(renamed.find("\"factors\""), 9, "\"fathers\"");
  CHECK_THROWS_WITH(load(renamed), contains("no tensor named 'factors'"));
}

TEST_CASE("a file that is no mixture, or a torn one, is refused", "[io][gaussian_mixture_file]") {
  const temporary_file file("mixture.safetensors");
  const std::vector<double> means(8, 0.0), two = {1, 1};
  const auto load = [&](const std::vector<double>& weights, const std::vector<double>& ranks, std::uint64_t rows,
                        const std::string& format) {
    eq::io::safetensors_writer writer;
    writer.add("weights", {weights.size()}, weights);
    writer.add("variances", {2}, two);
    writer.add("ranks", {2}, ranks);
    writer.add("means", {2, 1, 2, 2}, means);
    writer.add("factors", {rows, 1, 2, 2}, std::vector<double>(rows * 4, 1.0));
    writer.set_metadata("format", format);
    writer.write(file.path());
    return eq::io::load_gaussian_mixture<float>(file.path()).size();
  };
  const std::string format = "equireg.gaussian_mixture.low_rank.1";
  CHECK(load(two, {0, 1}, 1, format) == 2);
  CHECK_THROWS_WITH(load(two, {0, 1}, 1, "other"), contains("found 'other'"));
  CHECK_THROWS_WITH(load(two, {1, 1}, 1, format), contains("the ranks add up to 2, but there are 1 factors"));
  CHECK_THROWS_WITH(load(two, {0, 0.5}, 1, format), contains("a rank should be a whole number up to 4, found 0.5"));
  CHECK_THROWS_WITH(load(two, {-1, 2}, 1, format), contains("found -1"));
  CHECK_THROWS_WITH(load(two, {NAN, 1}, 1, format), contains("a rank should be a whole number"));
  CHECK_THROWS_WITH(load({1, 1, 1}, {0, 1}, 1, format), contains("tensor 'weights' has shape [3], expected [2]"));
  CHECK_THROWS_WITH(load({1, -1}, {0, 1}, 1, format), contains("weights should be positive, got -1"));
}

}  // namespace gaussian_mixture_file_test
