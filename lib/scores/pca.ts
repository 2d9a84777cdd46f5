import * as tf from "@tensorflow/tfjs";
import { EigenvalueDecomposition } from "ml-matrix";
import {
  checkCount,
  checkFloats,
  checkPixels,
  countPictures,
  readSize,
  type Size,
  withSize,
} from "../data/images.ts";
import { meanProducts, outerProduct } from "./mean_products.ts";
import { computeValues } from "./on_processor.ts";

/** Turns images into codes of principal components, and codes into images. */
export interface Pca {
  /** Images [n, 784], or of the given size, to codes [n, components]. */
  encode: (images: Float32Array) => Float32Array;
  /** Codes [n, components] to images of the same size, clipped to [0, 1]. */
  decode: (codes: Float32Array) => Float32Array;
}

/**
 * Finds the principal components of clean images [n, 784], or of another size if it
 * is given: the directions in which the images vary most, in order of importance. The
 * returned function keeps the first `components` of them (1 to 784, and fewer than
 * images). Finding them all is slow but is done only once: it takes seconds for 784
 * pixels, and eight times as long for twice as many.
 *
 * @example
 * ```ts
 * const components = principalComponents(train.images);
 * const pca = components(10);
 * const images = pca.decode(pca.encode(test.images));
 * ```
 *
 * @throws {RangeError} when the array does not hold whole images of valid pixels, or
 * the images do not have that many components.
 * @throws {TypeError} when the images are not a Float32Array.
 */
export function principalComponents(
  clean: Float32Array,
  options: Partial<Size> = {},
): (components: number) => Pca {
  const size = readSize("principalComponents", options, { images: [clean] });
  const images = countPictures("fit to", clean, size);
  const length = clean.length / images;
  checkPixels("fit to", clean, { low: 0, high: 1 });
  const { mean, products } = meanProducts(clean, clean, { size: length });
  const covariance = products.sub(outerProduct(mean, mean));
  const { eigenvectorMatrix } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  });
  // Eigenvalues are in ascending order, so the last column is the first component.
  const columns = Float32Array.from(
    eigenvectorMatrix.transpose().to1DArray(),
  );
  const centre = Float32Array.from(mean);
  return (components) => {
    checkComponents(components, { images, pixels: length });
    const basis = Array.from(
      { length: components },
      (_, i) =>
        columns.subarray((length - 1 - i) * length, (length - i) * length),
    );
    const rows = new Float32Array(components * length);
    basis.forEach((row, i) => rows.set(row, i * length));
    return projection(rows, { components, centre, size });
  };
}

/**
 * Checks that images have this many components. Around their mean, two images vary
 * in only one direction, three in two, and so on.
 *
 * @throws {RangeError} when they do not.
 */
export function checkComponents(
  components: number,
  { images, pixels }: { images: number; pixels: number },
) {
  checkCount("components", components, pixels);
  if (components < images) return;
  throw new RangeError(
    `Cannot take "${components}" as components: they must be fewer than the ` +
      `images, of which there are ${images}; take fewer, or give more images`,
  );
}

function projection(
  rows: Float32Array,
  { components, centre, size }: {
    components: number;
    centre: Float32Array;
    size: Size;
  },
): Pca {
  const basis = () => tf.tensor(rows, [components, centre.length]);
  return {
    encode: (images) => {
      const count = countPictures("encode", images, size);
      checkPixels("encode", images);
      return computeValues(() =>
        tf.tensor(images, [count, centre.length])
          .sub(tf.tensor1d(centre))
          .matMul(basis(), false, true)
      );
    },
    decode: (codes) => {
      checkFloats("decode", codes);
      if (codes.length === 0 || codes.length % components !== 0) {
        throw new RangeError(
          `Cannot decode "${codes.length}" numbers: they are no whole codes of ` +
            `${components} components`,
        );
      }
      const images = computeValues(() =>
        tf.tensor(codes, [codes.length / components, components])
          .matMul(basis())
          .add(tf.tensor1d(centre))
          .clipByValue(0, 1)
      );
      return withSize(images, size);
    },
  };
}
