// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/temporary_file.hpp>

#include <equireg/io/lpips_weights_file.hpp>

#include <string>
#include <vector>

namespace lpips_weights_file_test {

using namespace equireg;

std::vector<std::vector<double>> load(const auto& fill) {
  const test::temporary_file file("lpips.safetensors");
  io::safetensors_writer writer;
  fill(writer);
  writer.write(file.path());
  return io::load_lpips_weights(file.path());
}

TEST_CASE("layer weights are read in order, as vectors or as 1 x 1 convolutions", "[io][lpips_weights_file]") {
  const auto weights = load([](io::safetensors_writer& w) {
    w.add("lin1.weight", {1, 2, 1, 1}, std::vector<double>{0.25, 0}, "F16");
    w.add("lin0.weight", {3}, std::vector<double>{1, 2, 3}, "F32");
    w.add("lin3.weight", {1}, std::vector<double>{7});  // there is no lin2
    w.add("other", {1}, std::vector<double>{-1});
  });
  CHECK(weights == std::vector<std::vector<double>>{{1, 2, 3}, {0.25, 0}});
}

TEST_CASE("a file without layer weights, or with wrong ones, is refused", "[io][lpips_weights_file]") {
  const auto with = [](const std::string& name, const std::vector<std::uint64_t>& shape, std::vector<double> values) {
    return [=](io::safetensors_writer& w) { w.add(name, shape, values); };
  };
  REQUIRE_THROWS_WITH(load(with("lin1.weight", {1}, {1})), test::contains("no tensor named 'lin0.weight'"));
  REQUIRE_THROWS_WITH(load(with("lin0.weight", {2, 1}, {1, 1})),
                      test::contains("should have shape [C] or [1, C, 1, 1]"));
  REQUIRE_THROWS_WITH(load(with("lin0.weight", {2, 1, 1, 1}, {1, 1})), test::contains("4 extents and 2 elements"));
  REQUIRE_THROWS_WITH(load(with("lin0.weight", {0}, {})), test::contains("1 extents and 0 elements"));
  REQUIRE_THROWS_WITH(load(with("lin0.weight", {2}, {1, -0.5})), test::contains("weights >= 0, found -0.5"));
}

}  // namespace lpips_weights_file_test
