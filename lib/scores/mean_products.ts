import * as tf from "@tensorflow/tfjs";
import { Matrix } from "ml-matrix";
import { computeValues } from "./on_processor.ts";

/** Number of images multiplied at a time: 2,000 x 784 floats are 6 MB. */
const IMAGES_PER_CHUNK = 2_000;

/**
 * For pairs of images a and b, both [n, size], computes the mean of b [size], and
 * the mean of the products a_i b_j, a matrix [size, size].
 */
export function meanProducts(
  a: Float32Array,
  b: Float32Array,
  { size }: { size: number },
) {
  const count = a.length / size;
  const products = new Float64Array(size * size);
  const sums = new Float64Array(size);
  for (let first = 0; first < count; first += IMAGES_PER_CHUNK) {
    const [x, y] = [a, b].map((images) =>
      images.slice(first * size, (first + IMAGES_PER_CHUNK) * size)
    );
    const part = computeValues(() =>
      tf.matMul(
        tf.tensor(x, [x.length / size, size]),
        tf.tensor(y, [y.length / size, size]),
        true,
      )
    );
    for (let i = 0; i < part.length; i++) products[i] += part[i] / count;
    for (let i = 0; i < y.length; i++) sums[i % size] += y[i] / count;
  }
  return {
    mean: sums,
    products: Matrix.from1DArray(size, size, products as unknown as number[]),
  };
}

/** The matrix of all products a_i b_j, of shape [length of a, length of b]. */
export function outerProduct(a: Float64Array, b: Float64Array): Matrix {
  return Matrix.columnVector(a).mmul(Matrix.rowVector(b));
}
