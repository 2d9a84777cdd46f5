/** Indices of control words that the backend does not use. */
export const COUNTDOWN = 200, FATE = 201;

/** What {@linkcode FATE} may say: the worker exits, waits, or fills its memory. */
export const EXITS = 0, WAITS = 1, OVERFLOWS = 2;

/** The worker that is about to run the `count`th chunk from now on ends. */
export function killAt(
  count: number,
  { buffer }: WebAssembly.Memory,
  fate = EXITS,
) {
  const words = new Int32Array(buffer);
  words[FATE] = fate;
  Atomics.store(words, COUNTDOWN, count);
}

/** The worker that is about to run the next chunk waits until it is let go. */
export function holdNext({ buffer }: WebAssembly.Memory): () => void {
  const words = new Int32Array(buffer);
  words[FATE] = WAITS;
  Atomics.store(words, COUNTDOWN, 1);
  return () => {
    Atomics.store(words, FATE, EXITS);
    Atomics.notify(words, FATE);
  };
}
