import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { inWords } from "../errors/in_words.ts";
import { checkOptions } from "../errors/options.ts";

/**
 * The Fréchet distance of two sets of rows, [n, features] and [m, features], each
 * taken as Gaussian (Dowson and Landau 1982, doi:10.1016/0047-259X(82)90077-X):
 * |m1 - m2|² + tr(C1 + C2 - 2 (C1 C2)^½) of the means m and the covariances C. It is
 * 0 when they agree, and has the unit of the features squared. Heusel and others
 * (2017) compare images by it in the features of a network. It is too large for few
 * rows, so compare only sets of equal size with the same reference.
 *
 * @example
 * ```ts
 * frechetDistance(featuresOfSamples, featuresOfDigits, { features: 32 });
 * ```
 *
 * @throws {RangeError} when the rows are not whole, there are fewer than two, or a
 * number is not finite.
 */
export function frechetDistance(
  first: Float32Array,
  second: Float32Array,
  options: { features: number },
): number {
  checkOptions("frechetDistance", options, ["features"]);
  const { features } = options;
  const [a, b] = [first, second].map((rows) => momentsOf(rows, features));
  const root = rootOf(a.covariance);
  // The eigenvalues of C1 C2 are those of this symmetric matrix.
  const product = root.mmul(b.covariance).mmul(root);
  const common = eigen(product).realEigenvalues
    .reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  const apart = a.mean.reduce((sum, m, i) => sum + (m - b.mean[i]) ** 2, 0);
  // Rounding may leave a little less than nothing.
  return Math.max(
    0,
    apart + a.covariance.trace() + b.covariance.trace() - 2 * common,
  );
}

function momentsOf(rows: Float32Array, features: number) {
  const count = rows.length / features;
  if (!Number.isInteger(features) || !Number.isInteger(count) || count < 2) {
    throw new RangeError(
      `Cannot compare "${rows.length}" numbers as rows of ` +
        `"${inWords(features)}" features: give two whole rows or more`,
    );
  }
  if (!rows.every(Number.isFinite)) {
    throw new RangeError(`Cannot compare rows: a number is not finite`);
  }
  const mean = new Float64Array(features);
  rows.forEach((value, i) => mean[i % features] += value / count);
  const centred = new Matrix(count, features);
  rows.forEach((value, i) =>
    centred.set(
      Math.floor(i / features),
      i % features,
      value - mean[i % features],
    )
  );
  return { mean, covariance: centred.transpose().mmul(centred).div(count) };
}

function eigen(matrix: Matrix) {
  return new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
}

/** The symmetric square root of a covariance. */
function rootOf(covariance: Matrix): Matrix {
  const { eigenvectorMatrix, realEigenvalues } = eigen(covariance);
  const roots = realEigenvalues.map((value) => Math.sqrt(Math.max(0, value)));
  return eigenvectorMatrix.mmul(Matrix.diag(roots))
    .mmul(eigenvectorMatrix.transpose());
}
