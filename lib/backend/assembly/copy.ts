/** Copies `count` floats; for the short runs where memory.copy's call is dear. */
export function copyFloats(to: usize, from: usize, count: i32): void {
  const end = from + (<usize> count << 2);
  for (; from + 16 <= end; from += 16, to += 16) {
    v128.store(to, v128.load(from));
  }
  for (; from < end; from += 4, to += 4) store<f32>(to, load<f32>(from));
}
