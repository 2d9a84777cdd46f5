@unmanaged
class SelectJob {
  condition: usize; // bytes, each 0 or 1
  yes: usize;
  no: usize;
  out: usize;
  length: i32;
  perChunk: i32; // a multiple of 4
}

/** Chunk: `perChunk` numbers, from `yes` where the condition is 1, else from `no`. */
export function select(p: SelectJob, chunk: i32, _slot: i32): void {
  let i = <usize> (chunk * p.perChunk);
  const end = <usize> min(p.length, (chunk + 1) * p.perChunk);
  for (; i + 4 <= end; i += 4) {
    const bytes = v128.load32_zero(p.condition + i);
    const ones = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
    const yes = v128.load(p.yes + (i << 2)), no = v128.load(p.no + (i << 2));
    v128.store(p.out + (i << 2), v128.bitselect(yes, no, i32x4.eq(ones, i32x4.splat(1))));
  }
  for (; i < end; i++) {
    const from = load<u8>(p.condition + i) == 1 ? p.yes : p.no;
    store<u32>(p.out + (i << 2), load<u32>(from + (i << 2)));
  }
}
