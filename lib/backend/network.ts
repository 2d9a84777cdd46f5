/**
 * Networks that go through a training step as one: each thread takes a few
 * images forward and back through all layers while their numbers are in its
 * cache. That is for stacks of 3 by 3 convolutions with relu, 2 by 2 pooling
 * and upsampling, ending in one channel of probabilities; every other network
 * goes layer by layer.
 */

import type {
  LayersModel,
  SymbolicTensor,
  Tensor,
  Variable,
} from "@tensorflow/tfjs";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "./backend.ts";
import { float32Bits } from "./kernels/elementwise.ts";
import { race } from "./race.ts";

/** What a stage is, in the order of assembly/network/step.ts. */
const FIRST = 0, WINOGRAD = 1, UPSAMPLED = 2, LAST = 3;
/** Products for each pair of channels. */
const PARTS = [9, 16, 9, 16];
/** Images that a thread takes through the stages together; as in stage.ts. */
const GROUP = 2;
/** Images whose gradients are summed before the chunks' are. */
const PER_CHUNK = 8;

/** A group of smaller images has fewer than the four tiles that tile.ts needs. */
const MIN_SIDE = 3;
/** Words of a stage; as in stage.ts. */
const WORDS = 24;

type Layer = LayersModel["layers"][number];
type Layers = Pick<LayersModel, "layers" | "inputs" | "outputs">;

/** A convolution with what comes before and after it. */
export interface Stage {
  kind: number;
  pooled: boolean;
  h: number;
  w: number;
  cin: number;
  cout: number;
  layer: Layer;
}

/** The stages of a model, or nothing where it is not such a network. */
export function stagesOf(model: Layers): Stage[] | undefined {
  if (!isChain(model)) return undefined;
  const stages: Stage[] = [];
  const layers = model.layers.filter((layer) =>
    layer.getClassName() !== "InputLayer"
  );
  for (let i = 0; i < layers.length;) {
    const doubled = isUpsampling(layers[i]);
    if (doubled) i++;
    const layer = layers[i++];
    const pooled = i < layers.length && isPooling(layers[i]);
    if (pooled) i++;
    const stage = layer && stageOf(layer, { doubled, pooled });
    if (!stage || (stage.kind === FIRST && stages.length > 0)) return undefined;
    stages.push(stage);
  }
  const isWhole = stages.length > 1 &&
    stages.every(({ kind }, i) =>
      (kind === LAST) === (i === stages.length - 1)
    );
  return isWhole ? stages : undefined;
}

/** Whether each layer takes what the one before gives, and nothing else. */
function isChain({ layers, inputs, outputs }: Layers) {
  return inputs.length === 1 && outputs.length === 1 &&
    layers.every(({ inboundNodes }, i) =>
      inboundNodes.length === 1 &&
      (i === 0 || layers[i].input === layers[i - 1].output)
    ) && layers[layers.length - 1].output === outputs[0];
}

function stageOf(
  layer: Layer,
  { doubled, pooled }: { doubled: boolean; pooled: boolean },
): Stage | undefined {
  if (layer.getClassName() !== "Conv2D" || !layer.trainable) return undefined;
  const config = layer.getConfig();
  const isPlain = same(config, {
    kernelSize: [3, 3],
    strides: [1, 1],
    dilationRate: [1, 1],
    padding: "same",
    dataFormat: "channelsLast",
    useBias: true,
    kernelRegularizer: null,
    biasRegularizer: null,
    activityRegularizer: null,
    kernelConstraint: null,
    biasConstraint: null,
  });
  const [, inH, inW, cin] = (layer.input as SymbolicTensor).shape as number[];
  const [, , , cout] = layer.outputShape as number[];
  const h = doubled ? inH / 2 : inH, w = doubled ? inW / 2 : inW;
  if (!isPlain || ![h, w, cin, cout].every(Number.isInteger)) return undefined;
  if (h < MIN_SIDE || w < MIN_SIDE) return undefined;
  const stage = { pooled, h, w, cin, cout, layer };
  const isWide = cin % 16 === 0 && cout % 16 === 0;
  const isEven = h % 2 === 0 && w % 2 === 0;
  if (config.activation === "sigmoid") {
    const isLast = doubled && !pooled && cin % 16 === 0 && cout === 1;
    return isLast ? { kind: LAST, ...stage } : undefined;
  }
  if (config.activation !== "relu" || (pooled && !isEven)) return undefined;
  if (doubled) {
    return isWide && !pooled ? { kind: UPSAMPLED, ...stage } : undefined;
  }
  if (isWide) return { kind: WINOGRAD, ...stage };
  return pooled && cout % 16 === 0 ? { kind: FIRST, ...stage } : undefined;
}

function isUpsampling(layer: Layer) {
  return layer.getClassName() === "UpSampling2D" &&
    same(layer.getConfig(), {
      size: [2, 2],
      dataFormat: "channelsLast",
      interpolation: "nearest",
    });
}

function isPooling(layer: Layer) {
  return layer.getClassName() === "MaxPooling2D" &&
    same(layer.getConfig(), {
      poolSize: [2, 2],
      strides: [2, 2],
      dataFormat: "channelsLast",
    });
}

function same(config: Record<string, unknown>, wanted: object) {
  return Object.entries(wanted).every(([name, value]) =>
    JSON.stringify(config[name] ?? null) === JSON.stringify(value)
  );
}

/** Hands out addresses on cache lines; `allocate(0)` is what was handed out. */
function allocator() {
  let end = 0;
  return (bytes: number) => {
    const address = end;
    end += Math.ceil(bytes / 64) * 64;
    return address;
  };
}

/** The words of assembly/network/stage.ts, in its order, and what they need. */
function layOut(stages: Stage[]) {
  const arena = allocator(), sums = allocator(), filters = allocator();
  sums(8); // the loss, a double
  const sizes = stages.map(({ kind, h, w, cout }) => {
    const isHalved = kind === FIRST || kind === WINOGRAD;
    const tilesH = isHalved ? Math.ceil(h / 2) : h;
    const tilesW = isHalved ? Math.ceil(w / 2) : w;
    const frameH = (isHalved ? 2 : 1) * tilesH + 2;
    const frameW = (isHalved ? 2 : 1) * tilesW + 2;
    const tiles = GROUP * tilesH * tilesW;
    const products = kind === FIRST
      ? h * w * cout
      : kind === LAST
      ? GROUP * frameH * frameW * PARTS[LAST]
      : PARTS[kind] * tiles * cout;
    return { tilesH, tilesW, frameH, frameW, tiles, products };
  });
  const frameBytes = sizes.map(({ frameH, frameW }, i) =>
    4 * GROUP * frameH * frameW * stages[i].cin
  );
  // Frames come first: their borders must be zero before a step starts.
  const inputs = frameBytes.map((bytes) => arena(bytes));
  const zeroBytes = arena(0);
  const products = arena(4 * Math.max(...sizes.map((size) => size.products)));
  const words = stages.map(({ kind, pooled, h, w, cin, cout }, i) => {
    const { tilesH, tilesW, frameH, frameW, tiles } = sizes[i];
    const values = kind === LAST ? 4 * h * w : PARTS[kind] * tiles * cin;
    const filterBytes = 4 * PARTS[kind] * cin * cout;
    return {
      kind,
      pooled: Number(pooled),
      h,
      w,
      cin,
      cout,
      narrow: 0,
      tilesH,
      tilesW,
      frameH,
      frameW,
      filter: 0,
      bias: 0,
      dFilter: 0,
      dBias: 0,
      forward: filters(filterBytes),
      backward: filters(filterBytes),
      input: inputs[i],
      dInput: arena(frameBytes[i]),
      values: arena(kind === FIRST ? 0 : 4 * values),
      switches: arena(pooled ? 4 * tiles * cout : 0),
      products,
      sums: sums(filterBytes),
      biasSums: sums(4 * cout),
    };
  });
  const [arenaBytes, sumsBytes, filterBytes] = [arena(0), sums(0), filters(0)];
  return { words, arenaBytes, zeroBytes, sumsBytes, filterBytes };
}

/** Mean binary cross-entropy, and its gradient for each variable by name. */
export function lossAndGradients(
  backend: WasmBackend,
  stages: Stage[],
  { x, y }: { x: Tensor; y: Tensor },
): { loss: number; gradients: Record<string, TensorInfo> } {
  const variables = stages.map(({ layer }) =>
    layer.weights.map((weight) => weight.read() as Variable)
  );
  const outputs = variables.map((pair) =>
    pair.map(({ shape }) => backend.output(shape))
  );
  const loss = withJob(backend, stages, {
    x: backend.address(x),
    y: backend.address(y),
    n: x.shape[0],
    scale: 1 / y.size,
    gradients: outputs.map((pair) => pair.map((info) => backend.address(info))),
  }, (work) => {
    work.run("networkFilters", stages.length);
    work.run("networkTrain");
    const loss = work.sumLosses();
    work.run("networkGradients", stages.length);
    return loss;
  });
  const gradients = variables.flatMap((pair, i) =>
    pair.map(({ name }, j) => [name, outputs[i][j]])
  );
  return { loss: loss / y.size, gradients: Object.fromEntries(gradients) };
}

/** Mean binary cross-entropy. */
export function meanLoss(
  backend: WasmBackend,
  stages: Stage[],
  { x, y }: { x: Tensor; y: Tensor },
): number {
  const loss = withJob(backend, stages, {
    x: backend.address(x),
    y: backend.address(y),
    n: x.shape[0],
  }, (work) => {
    work.run("networkFilters", stages.length);
    work.run("networkTrain");
    return work.sumLosses();
  });
  return loss / y.size;
}

/** The answers y[n, 2 h, 2 w, 1] of the last stage. */
export function predict(
  backend: WasmBackend,
  stages: Stage[],
  x: Tensor,
): TensorInfo {
  const last = stages[stages.length - 1];
  const [n] = x.shape;
  const y = backend.output([n, 2 * last.h, 2 * last.w, 1]);
  withJob(backend, stages, {
    x: backend.address(x),
    y: backend.address(y),
    n,
  }, (work) => {
    work.run("networkFilters", stages.length);
    work.run("networkPredict");
  });
  return y;
}

/** What a job can do: run a task, in chunks of images unless told otherwise. */
interface Work {
  run: (task: string, chunks?: number) => void;
  sumLosses: () => number;
}

/** What a job works on. */
interface Request {
  /** Addresses of images, and of targets or answers. */
  x: number;
  y: number;
  /** Images. */
  n: number;
  /** Of the loss whose gradients are asked for; 0: none are. */
  scale?: number;
  /** Addresses of each stage's filter's and bias's gradient. */
  gradients?: number[][];
}

/** Runs `use` with a job of assembly/network/step.ts and the memory it needs. */
function withJob<T>(
  backend: WasmBackend,
  stages: Stage[],
  request: Request,
  use: (work: Work) => T,
): T {
  // Products by wide tiles or by narrow ones.
  return race(
    request.scale ? "training as one" : "inference as one",
    request.n,
    (narrow) => runJob(backend, stages, { ...request, narrow }, use),
  );
}

function runJob<T>(
  backend: WasmBackend,
  stages: Stage[],
  { x, y, n, scale = 0, gradients, narrow }: Request & { narrow: 0 | 1 },
  use: (work: Work) => T,
): T {
  const { heap, pool } = backend;
  const layout = layOut(stages);
  const { words, arenaBytes, zeroBytes, sumsBytes, filterBytes } = layout;
  const chunks = Math.ceil(n / PER_CHUNK);
  const addresses: number[] = [];
  const allocate = (bytes: number) => {
    const address = heap.allocate(bytes);
    addresses.push(address);
    return address;
  };
  try {
    const table = allocate(4 * WORDS * stages.length);
    const filters = allocate(filterBytes);
    const arena = allocate(pool.threads * arenaBytes);
    const sums = allocate(chunks * sumsBytes);
    stages.forEach(({ layer }, i) => {
      const [filter, bias] = layer.weights.map((weight) =>
        backend.address(weight.read())
      );
      const [dFilter, dBias] = gradients?.[i] ?? [0, 0];
      const stage = {
        ...words[i],
        narrow,
        filter,
        bias,
        dFilter,
        dBias,
        forward: filters + words[i].forward,
        backward: filters + words[i].backward,
      };
      new Int32Array(heap.memory.buffer, table + 4 * WORDS * i)
        .set(Object.values(stage));
    });
    for (let thread = 0; thread < pool.threads; thread++) {
      heap.floats(arena + thread * arenaBytes, zeroBytes / 4).fill(0);
    }
    const job = {
      stages: table,
      count: stages.length,
      n,
      perChunk: PER_CHUNK,
      x,
      y,
      scale: float32Bits(scale),
      arena,
      arenaBytes,
      sums,
      sumsBytes,
      chunks,
    };
    return use({
      run: (task, parts = chunks) => pool.run(task, job, parts),
      sumLosses: () => {
        let sum = 0;
        for (let chunk = 0; chunk < chunks; chunk++) {
          const at = sums + chunk * sumsBytes;
          sum += new Float64Array(heap.memory.buffer, at, 1)[0];
        }
        return sum;
      },
    });
  } finally {
    addresses.forEach((address) => heap.free(address));
  }
}
