/**
 * Runs a network as one: each thread takes a few images forward and back through
 * all stages while their numbers are in its cache.
 */

import type { Tensor } from "@tensorflow/tfjs";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { runFaster } from "../threads/autotune.ts";
import { layOut, putStages } from "./layout.ts";
import type { Stage } from "./stages.ts";

/** Images whose gradients are summed before the chunks' are. */
const PER_CHUNK = 8;
/** At most so many bytes of sums, else chunks are of more images. */
const SUMS_BYTES = 1 << 26;
/** Bytes of a sum that is only a loss. */
const LOSS_BYTES = 64;
/** A thread's numbers beyond this leave its cache, and layers are as good. */
const ARENA_BYTES = 1 << 24;

/** Whether the images of these stages are small enough to go as one. */
export function isSmall(stages: Stage[]): boolean {
  return layOut(stages).arenaBytes <= ARENA_BYTES;
}

/** Mean binary cross-entropy, and its gradients in the order of `weights`. */
export function lossAndGradients(
  backend: WasmBackend,
  stages: Stage[],
  { x, y }: { x: Tensor; y: Tensor },
): { loss: number; gradients: TensorInfo[] } {
  return backend.keepOnSuccess(() => {
    const gradients = stages.flatMap(({ filter, bias }) =>
      [filter, bias].map((weight) => backend.output(weight.read().shape))
    );
    const scale = 1 / y.size;
    const loss = run(backend, stages, {
      task: "networkTrain",
      x,
      y,
      scale,
      gradients,
    });
    return { loss: loss / y.size, gradients };
  });
}

/** Mean binary cross-entropy. */
export function meanLoss(
  backend: WasmBackend,
  stages: Stage[],
  { x, y }: { x: Tensor; y: Tensor },
): number {
  return run(backend, stages, { task: "networkTrain", x, y }) / y.size;
}

/** The answers y[n, 2 h, 2 w, 1] of the last stage. */
export function predict(
  backend: WasmBackend,
  stages: Stage[],
  x: Tensor,
): TensorInfo {
  return backend.keepOnSuccess(() => {
    const { h, w } = stages[stages.length - 1];
    const y = backend.output([x.shape[0], 2 * h, 2 * w, 1]);
    run(backend, stages, { task: "networkPredict", x, y });
    return y;
  });
}

/** Runs a task of assembly/network/step.ts; the sum of the images' losses. */
function run(
  backend: WasmBackend,
  stages: Stage[],
  { task, x, y, scale = 0, gradients = [] }: {
    task: "networkTrain" | "networkPredict";
    x: TensorInfo;
    /** Targets, or where the answers go. */
    y: TensorInfo;
    /** Of the loss whose gradients are asked for; 0: none are. */
    scale?: number;
    /** Of each stage's filter and bias. */
    gradients?: TensorInfo[];
  },
): number {
  const { heap, pool } = backend;
  const layout = layOut(stages);
  const { fields, arenaBytes, zeroBytes, filterBytes } = layout;
  const [n] = x.shape;
  const sumsBytes = scale ? layout.sumsBytes : LOSS_BYTES;
  const imagesPerChunk = Math.max(
    PER_CHUNK,
    Math.ceil(n / Math.max(1, Math.floor(SUMS_BYTES / sumsBytes))),
  );
  const chunks = Math.ceil(n / imagesPerChunk);
  return heap.borrow((allocate) => {
    const filters = allocate(filterBytes);
    const slots = pool.slots(Math.max(chunks, stages.length));
    const arena = allocate(slots * arenaBytes);
    const sums = allocate(chunks * sumsBytes);
    const addresses = stages.map(({ filter, bias }, i) => ({
      filter: backend.address(filter.read()),
      bias: backend.address(bias.read()),
      dFilter: scale ? backend.address(gradients[2 * i]) : 0,
      dBias: scale ? backend.address(gradients[2 * i + 1]) : 0,
      transformedFilter: filters + fields[i].transformedFilter,
      transposedFilter: filters + fields[i].transposedFilter,
    }));
    for (let slot = 0; slot < slots; slot++) {
      heap.floats(arena + slot * arenaBytes, zeroBytes / 4).fill(0);
    }
    const [from, to] = [backend.address(x), backend.address(y)];
    const sizes = fields.map(({ kind, h, w, cin, cout }) =>
      [kind, h, w, cin, cout].join(" ")
    );
    // Products by wide tiles or by narrow ones.
    const key = `${task} ${scale > 0} ${sizes}`;
    runFaster(pool, { key, amount: n }, (smallBlock) => {
      const words = fields.map((field, i) => ({
        ...field,
        ...addresses[i],
        smallBlock,
      }));
      const job = {
        stages: putStages(heap, allocate, words),
        stageCount: stages.length,
        ...{ n, imagesPerChunk, x: from, y: to, scale },
        ...{ arena, arenaBytes, sums, sumsBytes, chunks },
      };
      pool.run("networkFilters", job, stages.length);
      pool.run(task, job, chunks);
      if (scale) pool.run("networkGradients", job, stages.length);
    });
    if (task === "networkPredict") return 0;
    let loss = 0;
    for (let chunk = 0; chunk < chunks; chunk++) {
      const at = sums + chunk * sumsBytes;
      loss += new Float64Array(heap.memory.buffer, at, 1)[0];
    }
    return loss;
  });
}
