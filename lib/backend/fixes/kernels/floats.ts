/** A tensor's shape and numbers, all that a plain kernel sees of it. */
export interface Floats {
  shape: number[];
  values: Float32Array;
}
