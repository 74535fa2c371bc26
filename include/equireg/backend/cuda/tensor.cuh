// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `cuda::tensor`: the device's arrays, with all verbs that there are for them.

#include <equireg/backend/cuda/elementwise.hpp>
#include <equireg/backend/cuda/gather.hpp>
#include <equireg/backend/cuda/stream.cuh>
#include <equireg/backend/cuda/tensor.hpp>

namespace equireg::cuda {

/// A batch of images (B, C, H, W) in the memory of the current device.
///
/// A function object that a verb is given must be callable on the device: its call marked EQUIREG_HOST_DEVICE, or a
/// lambda marked __host__ __device__ under nvcc's --extended-lambda. (nvcc takes no other closure in a kernel.)
template <class T>
using tensor = basic_tensor<T, stream>;

static_assert(check_tensor<tensor<float>>() && check_tensor<tensor<double>>());

}  // namespace equireg::cuda
