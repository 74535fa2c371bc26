// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `cuda::stream`: the executor that is the hardware, and the context that its kernels see.

#include <equireg/backend/cuda/grid.hpp>
#include <equireg/core/error.hpp>

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace equireg::cuda {

/// Throws `error` unless a call of CUDA's runtime succeeded: "where: cudaErrorMemoryAllocation: out of memory".
inline void check(cudaError_t status, std::string_view where) {
  require(status == cudaSuccess, where, cudaGetErrorName(status), ": ", cudaGetErrorString(status));
}

/// The execution context on the device (see grid.hpp).
class device_context {
 public:
  [[nodiscard]] __device__ std::uint32_t block() const { return blockIdx.x; }
  [[nodiscard]] __device__ std::uint32_t blocks() const { return gridDim.x; }
  [[nodiscard]] __device__ std::uint32_t thread() const { return threadIdx.x; }
  [[nodiscard]] __device__ std::uint32_t threads() const { return blockDim.x; }

  __device__ void sync() { __syncthreads(); }

  template <class T>
  __device__ T* shared(std::size_t count) {
    extern __shared__ __align__(16) unsigned char bytes[];
    const std::size_t first = quotient_up(used_, alignof(T)) * alignof(T);
    used_ = first + count * sizeof(T);
    return reinterpret_cast<T*>(bytes + first);
  }

  template <class T>
  __device__ T warp_sum(T v) {
    for (unsigned apart = warp_size / 2; apart > 0; apart /= 2) v += __shfl_xor_sync(0xffffffffU, v, apart);
    return v;
  }

 private:
  std::size_t used_ = 0;
};

/// What the hardware starts.
template <class Kernel, class... Arguments>
__global__ void run_kernel(Kernel kernel, Arguments... arguments) {
  device_context context;
  kernel(context, arguments...);
}

/// A queue of work for the current device, done in order. Nothing here waits but `synchronize`.
class stream {
 public:
  /// A queue of its own, which does not wait for the default stream.
  stream() {
    check(cudaStreamCreateWithFlags(&handle_, cudaStreamNonBlocking), "equireg::cuda::stream");
    keep_freed_memory();
  }
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;
  ~stream() { cudaStreamDestroy(handle_); }

  /// The queue of this thread, on which its tensors live. It is never destroyed, so that they may outlive the thread.
  static stream& current() {
    thread_local auto* const queue = new stream;
    return *queue;
  }

  [[nodiscard]] cudaStream_t handle() const { return handle_; }

  /// Threads of a block where nothing else decides: enough to hide the time of a load, few enough for four blocks on a
  /// multiprocessor.
  [[nodiscard]] static constexpr std::uint32_t threads() { return 256; }

  /// Starts a kernel after what came before. Throws where the device refuses it.
  template <class Kernel, class... Arguments>
  void launch(const Kernel& kernel, const grid& g, const Arguments&... arguments) {
    constexpr std::size_t always_granted = 48 * 1024;
    if (g.shared_bytes > always_granted) {
      check(cudaFuncSetAttribute(run_kernel<Kernel, Arguments...>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                 static_cast<int>(g.shared_bytes)),
            "equireg::cuda::stream::launch");
    }
    run_kernel<<<g.blocks, g.threads, g.shared_bytes, handle_>>>(kernel, arguments...);
    check(cudaGetLastError(), "equireg::cuda::stream::launch");
  }

  /// Waits until all work is done. Throws what went wrong in it.
  void synchronize() { check(cudaStreamSynchronize(handle_), "equireg::cuda::stream::synchronize"); }

  /// Memory of the device, taken and given back in the order of the queue.
  template <class T>
  class buffer {
   public:
    buffer() = default;
    buffer(const stream& queue, std::size_t count) : queue_(queue.handle()) {
      if (count == 0) return;
      void* block = nullptr;
      check(cudaMallocAsync(&block, count * sizeof(T), queue_), "equireg::cuda::stream::buffer");
      data_ = static_cast<T*>(block);
    }
    buffer(buffer&& other) noexcept : queue_(other.queue_), data_(std::exchange(other.data_, nullptr)) {}
    buffer& operator=(buffer&& other) noexcept {
      std::swap(queue_, other.queue_);
      std::swap(data_, other.data_);
      return *this;
    }
    ~buffer() {
      if (data_ != nullptr) cudaFreeAsync(data_, queue_);
    }

    [[nodiscard]] T* data() { return data_; }
    [[nodiscard]] const T* data() const { return data_; }

   private:
    cudaStream_t queue_ = nullptr;
    T* data_ = nullptr;
  };
  template <class T>
  static T* pointer(T* first, std::size_t) {
    return first;
  }

  /// Elements of the host, which may change as soon as this returns: it waits.
  template <class T>
  void upload(T* to, const T* from, std::size_t count) {
    start_copy(to, from, count * sizeof(T), cudaMemcpyHostToDevice, "equireg::cuda::stream::upload");
    synchronize();
  }
  /// Waits until they are there.
  template <class T>
  void download(T* to, const T* from, std::size_t count) {
    start_copy(to, from, count * sizeof(T), cudaMemcpyDeviceToHost, "equireg::cuda::stream::download");
    synchronize();
  }
  template <class T>
  void copy(T* to, const T* from, std::size_t count) {
    start_copy(to, from, count * sizeof(T), cudaMemcpyDeviceToDevice, "equireg::cuda::stream::copy");
  }

 private:
  // A step takes the blocks that the step before gave back: none goes to the system in between.
  static void keep_freed_memory() {
    int device = 0;
    check(cudaGetDevice(&device), "equireg::cuda::stream");
    cudaMemPool_t pool = nullptr;
    check(cudaDeviceGetDefaultMemPool(&pool, device), "equireg::cuda::stream");
    std::uint64_t everything = UINT64_MAX;
    check(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &everything), "equireg::cuda::stream");
  }

  void start_copy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind way, std::string_view where) {
    if (bytes > 0) check(cudaMemcpyAsync(to, from, bytes, way, handle_), where);
  }

  cudaStream_t handle_ = nullptr;
};

}  // namespace equireg::cuda
