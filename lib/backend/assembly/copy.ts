/** Copies `count` floats. For short runs: a call of memory.copy takes longer. */
export function copyFloats(to: usize, from: usize, count: i32): void {
  const end = from + (<usize> count << 2);
  for (; from + 16 <= end; from += 16, to += 16) {
    v128.store(to, v128.load(from));
  }
  for (; from < end; from += 4, to += 4) store<f32>(to, load<f32>(from));
}

/** Adds `count` floats to those at `to`. */
export function addFloats(to: usize, from: usize, count: i32): void {
  const end = from + (<usize> count << 2);
  for (; from + 16 <= end; from += 16, to += 16) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
  }
  for (; from < end; from += 4, to += 4) {
    store<f32>(to, load<f32>(to) + load<f32>(from));
  }
}

/** Sets `count` floats to zero. */
export function zeroFloats(to: usize, count: i32): void {
  const end = to + (<usize> count << 2);
  for (; to + 16 <= end; to += 16) v128.store(to, f32x4.splat(0));
  for (; to < end; to += 4) store<f32>(to, 0);
}

/** Four numbers, or one in all four lanes. */
// @ts-ignore: decorator
@inline
export function loadLanes(from: usize, four: bool): v128 {
  return four ? v128.load(from) : v128.load_splat<f32>(from);
}

/** Stores the four numbers, or the first. */
// @ts-ignore: decorator
@inline
export function storeLanes(to: usize, value: v128, four: bool): void {
  if (four) v128.store(to, value);
  else store<f32>(to, f32x4.extract_lane(value, 0));
}
