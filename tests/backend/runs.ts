/** Counts how often kernels run. */

import * as tf from "@tensorflow/tfjs";

/** How often each of these kernels of our backend runs while `use` does. */
export async function countRuns(
  names: string[],
  use: () => unknown,
): Promise<number[]> {
  const runs = names.map(() => 0);
  const restore = names.map((name, i) => {
    const kernel = tf.getKernel(name, "wasm-threads")!, { kernelFunc } = kernel;
    kernel.kernelFunc = (call) => {
      runs[i]++;
      return kernelFunc(call);
    };
    return () => void (kernel.kernelFunc = kernelFunc);
  });
  try {
    await use();
  } finally {
    restore.forEach((again) => again());
  }
  return runs;
}
