// Steps of optimizers: the whole formula, four numbers at a time. The last four may
// reach beyond the end of a tensor, whose memory is always a multiple of 64 bytes.

@unmanaged
class StepJob {
  variable: usize;
  gradient: usize;
  first: usize; // the two running averages
  second: usize;
  outVariable: usize;
  outFirst: usize;
  outSecond: usize;
  length: i32;
  perChunk: i32; // a multiple of 4
}

@unmanaged
class AdadeltaJob extends StepJob { // averages: squared gradients, squared updates
  learningRate: f32;
  rho: f32;
  oneMinusRho: f32;
  epsilon: f32;
}

/** rho * average + oneMinusRho * x: a step of a running average. */
// @ts-ignore: decorator
@inline
function averaged(average: v128, rho: v128, x: v128, oneMinusRho: v128): v128 {
  return f32x4.add(f32x4.mul(average, rho), f32x4.mul(x, oneMinusRho));
}

/** One step of Adadelta (Zeiler 2012, arXiv:1212.5701). Chunk: `perChunk` numbers. */
export function adadelta(p: AdadeltaJob, chunk: i32, _slot: i32): void {
  const end = <usize> min(p.length, (chunk + 1) * p.perChunk) << 2;
  const rho = f32x4.splat(p.rho), oneMinusRho = f32x4.splat(p.oneMinusRho);
  const epsilon = f32x4.splat(p.epsilon), rate = f32x4.splat(p.learningRate);
  for (let at = <usize> (chunk * p.perChunk) << 2; at < end; at += 16) {
    const gradient = v128.load(p.gradient + at), updates = v128.load(p.second + at);
    const squares = averaged(v128.load(p.first + at), rho, f32x4.mul(gradient, gradient), oneMinusRho);
    const ratio = f32x4.div(f32x4.add(updates, epsilon), f32x4.add(squares, epsilon));
    const update = f32x4.mul(f32x4.sqrt(ratio), gradient);
    v128.store(p.outFirst + at, squares);
    v128.store(p.outSecond + at, averaged(updates, rho, f32x4.mul(update, update), oneMinusRho));
    v128.store(p.outVariable + at, f32x4.sub(v128.load(p.variable + at), f32x4.mul(update, rate)));
  }
}

@unmanaged
class AdamJob extends StepJob { // averages: gradients, squared gradients
  learningRate: f32;
  beta1: f32;
  oneMinusBeta1: f32;
  beta2: f32;
  oneMinusBeta2: f32;
  bias1: f32; // 1 - beta1^step
  bias2: f32;
  epsilon: f32;
}

/**
 * One step of Adam (Kingma and Ba 2015, arXiv:1412.6980), in tfjs's order of
 * operations. Chunk: `perChunk` numbers.
 */
export function adam(p: AdamJob, chunk: i32, _slot: i32): void {
  const end = <usize> min(p.length, (chunk + 1) * p.perChunk) << 2;
  const beta1 = f32x4.splat(p.beta1), oneMinusBeta1 = f32x4.splat(p.oneMinusBeta1);
  const beta2 = f32x4.splat(p.beta2), oneMinusBeta2 = f32x4.splat(p.oneMinusBeta2);
  const bias1 = f32x4.splat(p.bias1), bias2 = f32x4.splat(p.bias2);
  const epsilon = f32x4.splat(p.epsilon), rate = f32x4.splat(-p.learningRate);
  for (let at = <usize> (chunk * p.perChunk) << 2; at < end; at += 16) {
    const gradient = v128.load(p.gradient + at);
    const first = averaged(v128.load(p.first + at), beta1, gradient, oneMinusBeta1);
    const second = averaged(v128.load(p.second + at), beta2, f32x4.mul(gradient, gradient), oneMinusBeta2);
    const root = f32x4.sqrt(f32x4.div(second, bias2));
    const update = f32x4.div(f32x4.div(first, bias1), f32x4.add(root, epsilon));
    v128.store(p.outFirst + at, first);
    v128.store(p.outSecond + at, second);
    v128.store(p.outVariable + at, f32x4.add(f32x4.mul(update, rate), v128.load(p.variable + at)));
  }
}
