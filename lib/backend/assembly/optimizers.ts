// Steps of optimizers, in tfjs's order of operations: the whole formula, four numbers
// at a time. The last four may reach beyond the end of a tensor, whose memory is always
// a multiple of 64 bytes. Chunk: `perChunk` numbers.

@unmanaged
class StepJob {
  variable: usize;
  gradient: usize;
  first: usize; // running averages, as many as the optimizer has
  second: usize;
  third: usize;
  outVariable: usize;
  outFirst: usize;
  outSecond: usize;
  outThird: usize;
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

/** One step of Adadelta (Zeiler 2012, arXiv:1212.5701). */
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

/** One step of Adam (Kingma and Ba 2015, arXiv:1412.6980). */
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

@unmanaged
class SgdJob extends StepJob { // no averages
  learningRate: f32;
}

/** One step of gradient descent. */
export function sgd(p: SgdJob, chunk: i32, _slot: i32): void {
  const end = <usize> min(p.length, (chunk + 1) * p.perChunk) << 2;
  const rate = f32x4.splat(-p.learningRate);
  for (let at = <usize> (chunk * p.perChunk) << 2; at < end; at += 16) {
    const change = f32x4.mul(rate, v128.load(p.gradient + at));
    v128.store(p.outVariable + at, f32x4.add(change, v128.load(p.variable + at)));
  }
}

@unmanaged
class MomentumJob extends SgdJob { // average: gradients
  momentum: f32;
  usesNesterov: i32;
}

/** One step with momentum, Nesterov's if asked for (Sutskever et al. 2013, PMLR 28). */
export function momentum(p: MomentumJob, chunk: i32, _slot: i32): void {
  const end = <usize> min(p.length, (chunk + 1) * p.perChunk) << 2;
  const rate = f32x4.splat(-p.learningRate), decay = f32x4.splat(p.momentum);
  for (let at = <usize> (chunk * p.perChunk) << 2; at < end; at += 16) {
    const gradient = v128.load(p.gradient + at);
    const average = f32x4.add(f32x4.mul(decay, v128.load(p.first + at)), gradient);
    const step = p.usesNesterov ? f32x4.add(gradient, f32x4.mul(average, decay)) : average;
    v128.store(p.outFirst + at, average);
    v128.store(p.outVariable + at, f32x4.add(f32x4.mul(rate, step), v128.load(p.variable + at)));
  }
}

@unmanaged
class AdagradJob extends StepJob { // sum: squared gradients
  learningRate: f32;
  epsilon: f32;
}

/** One step of Adagrad (Duchi, Hazan and Singer 2011, JMLR 12). */
export function adagrad(p: AdagradJob, chunk: i32, _slot: i32): void {
  const end = <usize> min(p.length, (chunk + 1) * p.perChunk) << 2;
  const rate = f32x4.splat(-p.learningRate), epsilon = f32x4.splat(p.epsilon);
  for (let at = <usize> (chunk * p.perChunk) << 2; at < end; at += 16) {
    const gradient = v128.load(p.gradient + at);
    const squares = f32x4.add(v128.load(p.first + at), f32x4.mul(gradient, gradient));
    const update = f32x4.div(gradient, f32x4.sqrt(f32x4.add(squares, epsilon)));
    v128.store(p.outFirst + at, squares);
    v128.store(p.outVariable + at, f32x4.add(f32x4.mul(update, rate), v128.load(p.variable + at)));
  }
}

@unmanaged
class AdamaxJob extends StepJob { // averages: gradients, largest gradients
  rate: f32; // learningRate / (1 - beta1^step), with its decay
  beta1: f32;
  oneMinusBeta1: f32;
  beta2: f32;
  epsilon: f32;
}

/** One step of Adamax (Kingma and Ba 2015, section 7.1). */
export function adamax(p: AdamaxJob, chunk: i32, _slot: i32): void {
  const end = <usize> min(p.length, (chunk + 1) * p.perChunk) << 2;
  const beta1 = f32x4.splat(p.beta1), oneMinusBeta1 = f32x4.splat(p.oneMinusBeta1);
  const beta2 = f32x4.splat(p.beta2), epsilon = f32x4.splat(p.epsilon);
  const rate = f32x4.splat(-p.rate);
  for (let at = <usize> (chunk * p.perChunk) << 2; at < end; at += 16) {
    const gradient = v128.load(p.gradient + at);
    const average = averaged(v128.load(p.first + at), beta1, gradient, oneMinusBeta1);
    const largest = f32x4.max(f32x4.mul(v128.load(p.second + at), beta2), f32x4.abs(gradient));
    const update = f32x4.div(average, f32x4.add(largest, epsilon));
    v128.store(p.outFirst + at, average);
    v128.store(p.outSecond + at, largest);
    v128.store(p.outVariable + at, f32x4.add(f32x4.mul(rate, update), v128.load(p.variable + at)));
  }
}

@unmanaged
class RmsPropJob extends StepJob { // averages: squared gradients, steps, gradients
  learningRate: f32;
  decay: f32;
  oneMinusDecay: f32;
  momentum: f32;
  epsilon: f32;
  isCentred: i32; // only then there is the third average
}

/** One step of RMSProp (Tieleman and Hinton 2012; centred: Graves 2013, arXiv:1308.0850). */
export function rmsProp(p: RmsPropJob, chunk: i32, _slot: i32): void {
  const end = <usize> min(p.length, (chunk + 1) * p.perChunk) << 2;
  const decay = f32x4.splat(p.decay), oneMinusDecay = f32x4.splat(p.oneMinusDecay);
  const momentum = f32x4.splat(p.momentum), epsilon = f32x4.splat(p.epsilon);
  const rate = f32x4.splat(p.learningRate);
  for (let at = <usize> (chunk * p.perChunk) << 2; at < end; at += 16) {
    const gradient = v128.load(p.gradient + at);
    const squares = averaged(v128.load(p.first + at), decay, f32x4.mul(gradient, gradient), oneMinusDecay);
    let variance = squares;
    if (p.isCentred) {
      const mean = averaged(v128.load(p.third + at), decay, gradient, oneMinusDecay);
      v128.store(p.outThird + at, mean);
      // Rounding may take a variance below zero.
      variance = f32x4.max(f32x4.splat(0), f32x4.sub(squares, f32x4.mul(mean, mean)));
    }
    const change = f32x4.div(f32x4.mul(gradient, rate), f32x4.sqrt(f32x4.add(variance, epsilon)));
    const step = f32x4.add(f32x4.mul(v128.load(p.second + at), momentum), change);
    v128.store(p.outFirst + at, squares);
    v128.store(p.outSecond + at, step);
    v128.store(p.outVariable + at, f32x4.sub(v128.load(p.variable + at), step));
  }
}
