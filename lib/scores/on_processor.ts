import * as tf from "@tensorflow/tfjs";

/**
 * Numbers of the tensor that `compute` makes; all tensors made on the way are
 * freed. It must start from arrays: a GPU gives no numbers at once, so where one
 * is chosen the processor computes them, and cannot read the GPU's tensors. The
 * array must not leave through tf.tidy, which would search it
 * for tensors, number by number: four seconds for 10,000 images.
 *
 * @example
 * ```ts
 * const sums = computeValues(() => tf.tensor(a).add(tf.tensor(b)));
 * ```
 */
export function computeValues(compute: () => tf.Tensor): Float32Array {
  return onProcessor(() => {
    const tensor = tf.tidy(compute);
    const values = tensor.dataSync<"float32">();
    tensor.dispose();
    return values;
  });
}

function onProcessor<T>(compute: () => T): T {
  const chosen = tf.getBackend();
  if (chosen !== "webgpu") return compute();
  const processor = tf.findBackend("wasm-threads") ? "wasm-threads" : "cpu";
  // Both have started, so setBackend has done its work when it returns.
  void tf.setBackend(processor);
  try {
    return compute();
  } finally {
    void tf.setBackend(chosen);
  }
}
