/** Copies `count` floats. For short runs: a call of memory.copy takes longer. */
export function copyFloats(to: usize, from: usize, count: i32): void {
  const end = from + (<usize> count << 2);
  for (; from + 16 <= end; from += 16, to += 16) {
    v128.store(to, v128.load(from));
  }
  for (; from < end; from += 4, to += 4) store<f32>(to, load<f32>(from));
}

/** Sets `count` floats to zero. */
export function zeroFloats(to: usize, count: i32): void {
  const end = to + (<usize> count << 2);
  for (; to + 16 <= end; to += 16) v128.store(to, f32x4.splat(0));
  for (; to < end; to += 4) store<f32>(to, 0);
}
