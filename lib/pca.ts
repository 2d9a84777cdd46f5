import * as tf from "@tensorflow/tfjs";
import { EigenvalueDecomposition } from "ml-matrix";
import { moments, outer } from "./moments.ts";
import { valuesOf } from "./values.ts";

const SIZE = 784;

/** Images to codes and back, by so many principal components. */
export interface Pca {
  /** Images [n, 784] to codes [n, components]. */
  encode: (images: Float32Array) => Float32Array;
  /** Codes [n, components] to images [n, 784], clipped to [0, 1]. */
  decode: (codes: Float32Array) => Float32Array;
}

/**
 * The principal components of clean images [n, 784]: the directions in which
 * they vary most, most important first. What is returned takes the first so
 * many of them (1 to 784); the long part, finding them all, is done once.
 *
 * @example
 * ```ts
 * const components = principalComponents(train.images);
 * const pca = components(10);
 * const images = pca.decode(pca.encode(test.images));
 * ```
 */
export function principalComponents(
  clean: Float32Array,
): (components: number) => Pca {
  const { mean, products } = moments(clean, clean);
  const covariance = products.sub(outer(mean, mean));
  const { eigenvectorMatrix } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  });
  // Eigenvalues come in ascending order: the last column varies most.
  const columns = Float32Array.from(
    eigenvectorMatrix.transpose().to1DArray(),
  );
  const centre = Float32Array.from(mean);
  return (components) => {
    checkComponents(components);
    const basis = Array.from(
      { length: components },
      (_, i) => columns.subarray((SIZE - 1 - i) * SIZE, (SIZE - i) * SIZE),
    );
    const rows = new Float32Array(components * SIZE);
    basis.forEach((row, i) => rows.set(row, i * SIZE));
    return projection(rows, { components, centre });
  };
}

function projection(
  rows: Float32Array,
  { components, centre }: { components: number; centre: Float32Array },
): Pca {
  const basis = () => tf.tensor(rows, [components, SIZE]);
  return {
    encode: (images) =>
      valuesOf(() =>
        tf.tensor(images, [images.length / SIZE, SIZE])
          .sub(tf.tensor1d(centre))
          .matMul(basis(), false, true)
      ),
    decode: (codes) =>
      valuesOf(() =>
        tf.tensor(codes, [codes.length / components, components])
          .matMul(basis())
          .add(tf.tensor1d(centre))
          .clipByValue(0, 1)
      ),
  };
}

function checkComponents(components: number) {
  if (
    !Number.isInteger(components) || components < 1 || components > SIZE
  ) {
    throw new RangeError(
      `Cannot take "${components}" components: not a whole number from 1 ` +
        `to ${SIZE}`,
    );
  }
}
