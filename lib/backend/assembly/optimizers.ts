// Steps of optimisers: the whole formula, one number after the other.

@unmanaged
class AdadeltaJob {
  variable: usize;
  gradient: usize;
  squares: usize; // running averages of squared gradients and updates
  updates: usize;
  outVariable: usize;
  outSquares: usize;
  outUpdates: usize;
  length: i32;
  perChunk: i32;
  learningRate: f32;
  rho: f32;
  rest: f32; // 1 - rho
  epsilon: f32;
}

/** One step of Adadelta. Chunk: `perChunk` numbers. */
export function adadelta(job: usize, chunk: i32, _thread: i32): void {
  const p = changetype<AdadeltaJob>(job);
  const end = <usize> min(p.length, (chunk + 1) * p.perChunk) << 2;
  const rho = p.rho, rest = p.rest;
  for (let at = <usize> (chunk * p.perChunk) << 2; at < end; at += 4) {
    const gradient = load<f32>(p.gradient + at);
    const squares = load<f32>(p.squares + at) * rho + gradient * gradient * rest;
    const updates = load<f32>(p.updates + at);
    const ratio = (updates + p.epsilon) / (squares + p.epsilon);
    const update = sqrt<f32>(ratio) * gradient;
    store<f32>(p.outSquares + at, squares);
    store<f32>(p.outUpdates + at, updates * rho + update * update * rest);
    store<f32>(p.outVariable + at, load<f32>(p.variable + at) - update * p.learningRate);
  }
}
