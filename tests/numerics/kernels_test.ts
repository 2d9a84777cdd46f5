/**
 * Fast kernels against tfjs's plain ones, for random shapes. The inputs are small whole
 * numbers, so sums are exact in any order, and both must give the same bits.
 */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { type BackendName, useBackend } from "../../lib/backend/mod.ts";
import { Random } from "../../lib/data/random.ts";

/** A random operation, and the inputs to run it on. */
interface Trial {
  name: string;
  inputs: tf.TensorLike[];
  run: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** This kernel rounds even whole numbers: the error's norm may be up to 1e-6. */
  rounds?: boolean;
}

type Shape4D = [number, number, number, number];

const TRIALS_PER_OPERATION = 60;

function integers(shape: number[], random: Random) {
  const size = tf.util.sizeFromShape(shape);
  const values = Float32Array.from(
    { length: size },
    () => random.integer(9) - 4,
  );
  return { values, shape };
}

/** Sizes of a convolution, usual ones and strange ones. */
function geometry(random: Random) {
  const kh = 1 + random.integer(4), kw = 1 + random.integer(4);
  return {
    x: [
      1 + random.integer(18),
      2 * kh + random.integer(9), // room for a dilated window
      2 * kw + random.integer(9),
      1 + random.integer(17),
    ] as Shape4D,
    window: [kh, kw] as [number, number],
    stride: 1 + random.integer(3),
    pad: (["same", "valid"] as const)[random.integer(2)],
    // Often one channel, for which there is a task of its own.
    channels: Math.max(1, random.integer(24) - 4),
  };
}

const operations: Record<
  string,
  (random: Random) => {
    inputs: ReturnType<typeof integers>[];
    run: (...inputs: tf.Tensor[]) => tf.Tensor;
    rounds?: boolean;
  }
> = {
  conv2d(random) {
    const { x, window, stride, pad, channels } = geometry(random);
    const dilation = stride === 1 ? 1 + random.integer(2) : 1;
    return {
      inputs: [
        integers(x, random),
        integers([...window, x[3], channels], random),
      ],
      run: (x, w) =>
        tf.conv2d(
          x as tf.Tensor4D,
          w as tf.Tensor4D,
          stride,
          pad,
          "NHWC",
          dilation,
        ),
    };
  },
  "fused conv2d with bias and relu"(random) {
    const { x, window, stride, pad, channels } = geometry(random);
    return {
      inputs: [
        integers(x, random),
        integers([...window, x[3], channels], random),
        integers([channels], random),
      ],
      run: (x, filter, bias) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          strides: stride,
          pad,
          bias,
          activation: "relu",
        }),
    };
  },
  "gradients of conv2d"(random) {
    const { x, window, channels, ...rest } = geometry(random);
    // Two different strides, and also explicit paddings.
    const stride: [number, number] = [rest.stride, 1 + random.integer(3)];
    const sides = () => [random.integer(3), random.integer(3)];
    const pad = random.integer(3)
      ? rest.pad
      : [[0, 0], sides(), sides(), [0, 0]] as tf.backend_util.ExplicitPadding;
    x[0] = Math.min(x[0], 9); // the plain kernel takes its time
    const shape = [...window, x[3], channels];
    const filter = integers(shape, random);
    return {
      inputs: [integers(x, random), filter],
      run: (x, w) => {
        const loss = (x: tf.Tensor, w: tf.Tensor) =>
          tf.square(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad))
            .sum();
        const [dx, dw] = tf.grads(loss)([x, w]);
        return tf.concat([dx.flatten(), dw.flatten()]);
      },
    };
  },
  // By Winograd's algorithm.
  "3 by 3 conv2d of many channels and its gradients"(random) {
    const [c, channels] = [0, 0].map(() => 16 * (1 + random.integer(3)));
    const sides = [0, 0].map(() => 7 + random.integer(16));
    const x = integers([1 + random.integer(3), ...sides, c], random);
    const w = integers([3, 3, c, channels], random);
    const pad = (["same", "valid"] as const)[random.integer(2)];
    return {
      rounds: true,
      inputs: [x, w],
      run: (x, w) => {
        const convolve = (x: tf.Tensor, w: tf.Tensor) =>
          tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, pad);
        // dy are small whole numbers, so that sums stay exact.
        const y = convolve(x, w);
        const dy = tf.range(0, y.size).mod(5).sub(2).reshape(y.shape);
        const [dx, dw] = tf.grads(convolve)([x, w], dy);
        return tf.concat([y.flatten(), dx.flatten(), dw.flatten()]);
      },
    };
  },
  "depthwise conv2d and its gradients"(random) {
    const { x, window, stride, pad } = geometry(random);
    const filter = [...window, x[3], 1 + random.integer(2)];
    return {
      inputs: [integers(x, random), integers(filter, random)],
      run: (x, w) => {
        const convolve = (x: tf.Tensor, w: tf.Tensor) =>
          tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad);
        const [dx, dw] = tf.grads((x, w) => convolve(x, w).square().sum())(
          [x, w],
        );
        return tf.concat(
          [convolve(x, w), dx, dw].map((part) => part.flatten()),
        );
      },
    };
  },
  "maxPool and its gradient"(random) {
    const { x, window, stride, pad } = geometry(random);
    return {
      inputs: [integers(x, random)],
      run: (x) => {
        const pool = (x: tf.Tensor) =>
          tf.maxPool(x as tf.Tensor4D, window, stride, pad);
        const gradient = tf.grad((x) => pool(x).square().sum())(x);
        return tf.concat([pool(x).flatten(), gradient.flatten()]);
      },
    };
  },
  "nearest resizing and its gradient"(random) {
    const { x } = geometry(random);
    const size: [number, number] = [
      1 + random.integer(20),
      1 + random.integer(20),
    ];
    return {
      inputs: [integers(x, random)],
      run: (x) => {
        const resize = (x: tf.Tensor) =>
          tf.image.resizeNearestNeighbor(x as tf.Tensor4D, size);
        const gradient = tf.grad((x) => resize(x).square().sum())(x);
        return tf.concat([resize(x).flatten(), gradient.flatten()]);
      },
    };
  },
  matMul(random) {
    const [m, n, k] = [0, 0, 0].map(() => 1 + random.integer(70));
    const deep = k + 600 * random.integer(2); // beyond one block
    const [a, b] = [random.integer(2) === 1, random.integer(2) === 1];
    const batch = random.integer(2) ? [1 + random.integer(3)] : [];
    return {
      inputs: [
        integers([...batch, ...(a ? [deep, m] : [m, deep])], random),
        integers(b ? [n, deep] : [deep, n], random),
      ],
      run: (x, y) => tf.matMul(x, batch.length ? y.expandDims(0) : y, a, b),
    };
  },
  "elementwise with broadcasting"(random) {
    const shape = [
      1 + random.integer(9),
      1 + random.integer(99),
      1 + random.integer(99),
    ];
    const short = shape.slice(random.integer(4));
    const [a, b] = random.integer(2) ? [shape, short] : [short, shape];
    return {
      inputs: [integers(a, random), integers(b, random)],
      run: (a, b) =>
        tf.stack([
          a.add(b),
          a.sub(b),
          a.mul(b),
          a.maximum(b),
          a.minimum(b),
          a.squaredDifference(b),
          a.add(b).relu(),
          a.sub(b).abs().neg().square().step().sign(),
          a.add(b).clipByValue(-1.5, 2.5),
          a.greater(b).cast("float32"),
          a.lessEqual(b).logicalAnd(b.greaterEqual(0)).cast("float32"),
          a.add(b).less(tf.scalar(1)).cast("float32"),
        ]),
    };
  },
  "gather and its gradient"(random) {
    const shape = [0, 0, 0].map(() => 1 + random.integer(20));
    const axis = random.integer(3);
    const indices = Array.from(
      { length: 6 * (1 + random.integer(3)) },
      () => random.integer(shape[axis]),
    );
    const places = [6, indices.length / 6];
    return {
      inputs: [integers(shape, random)],
      run: (x) => {
        const gather = (x: tf.Tensor) =>
          tf.gather(x, tf.tensor(indices, places, "int32"), axis);
        const gradient = tf.grad((x) => gather(x).square().sum())(x);
        return tf.concat([gather(x).flatten(), gradient.flatten()]);
      },
    };
  },
  "softmax and its gradient"(random) {
    const shape = [1 + random.integer(200), 1 + random.integer(300)];
    return {
      rounds: true,
      inputs: [integers(shape, random), integers(shape, random)],
      run: (x, dy) => {
        const gradient = tf.grad((x) => tf.softmax(x))(x, dy);
        return tf.concat([tf.softmax(x), gradient]);
      },
    };
  },
  "concatenation, its gradient, and splits"(random) {
    const shape = [0, 0, 0].map(() => 1 + random.integer(9));
    const axis = random.integer(3);
    const lengths = [0, 0, 0].map(() => 1 + random.integer(20));
    const shapes = lengths.map((length) =>
      shape.map((side, i) => i === axis ? length : side)
    );
    return {
      inputs: shapes.map((shape) => integers(shape, random)),
      run: (...parts) => {
        const gradients = tf.grads((...parts) =>
          tf.concat(parts, axis).square().sum()
        )(parts);
        const whole = tf.concat(parts, axis);
        const splits = tf.split(whole, lengths, axis - 3);
        return tf.concat(
          [whole, ...gradients, ...splits].map((part) => part.flatten()),
        );
      },
    };
  },
  "sums, maxima and minima over some axes"(random) {
    const shape = [0, 0, 0].map(() => 1 + random.integer(60));
    const axes = [0, 1, 2, 3].filter(() => random.integer(2));
    return {
      inputs: [integers([3, ...shape], random)],
      run: (x) => tf.stack([x.sum(axes), x.max(axes), x.min(axes)]),
    };
  },
};

function trials(): Trial[] {
  return Object.entries(operations).flatMap(([name, make]) => {
    const random = new Random(1);
    return Array.from({ length: TRIALS_PER_OPERATION }, (_, trial) => ({
      name: `${name}, trial ${trial}`,
      ...make(random),
    })) as unknown as Trial[];
  });
}

/** The result of a trial on the current backend. */
function answer({ inputs, run }: Trial): Float32Array {
  return tf.tidy(() => {
    const tensors = inputs.map((input) => {
      const { values, shape } = input as unknown as ReturnType<typeof integers>;
      return tf.tensor(values, shape);
    });
    return run(...tensors).dataSync<"float32">();
  });
}

/** |actual - expected| / |expected| */
function error(actual: Float32Array, expected: Float32Array): number {
  const norm = (values: Float32Array) =>
    Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
  return norm(actual.map((value, i) => value - expected[i])) / norm(expected);
}

async function answers(name: BackendName, threads: number) {
  await useBackend(name, { threads });
  return trials().map(answer);
}

const plain = await answers("cpu", 1);
let expected: Float32Array[] | undefined;

for (const threads of [1, 2, 3]) {
  Deno.test(`fast kernels equal plain ones, ${threads} threads`, async () => {
    const fast = await answers("wasm-threads", threads);
    expected ??= fast;
    assert.deepEqual(fast, expected);
    trials().forEach(({ name, rounds }, i) => {
      assert.ok(plain[i].length > 0, name);
      if (rounds) assert.ok(error(fast[i], plain[i]) < 1e-6, name);
      else assert.deepEqual(fast[i], plain[i], name);
    });
  });
}

Deno.test("functions of one number equal Math's to 1e-6", async () => {
  await useBackend("wasm-threads");
  const xs = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 50);
  const edges = [0, -0, Infinity, -Infinity, NaN, 1e-30, -1e-30, 3e38, 88.7];
  const values = Float32Array.from([...xs, ...edges]);
  const x = tf.tensor1d(values);
  const functions: [tf.Tensor, (x: number) => number][] = [
    [tf.exp(x), Math.exp],
    [tf.log(x), Math.log],
    [tf.log1p(x), Math.log1p],
    [tf.sigmoid(x), (x) => 1 / (1 + Math.exp(-x))],
    [tf.tanh(x), Math.tanh],
    [tf.sqrt(x), Math.sqrt],
  ];
  for (const [tensor, exact] of functions) {
    tensor.dataSync().forEach((y, i) => {
      const expected = Math.fround(exact(values[i]));
      const isClose = Object.is(y, expected) || y === expected ||
        Math.abs(y - expected) <= 1e-6 * Math.abs(expected);
      assert.ok(isClose, `${exact} of ${values[i]}: ${y}, not ${expected}`);
    });
  }
});
