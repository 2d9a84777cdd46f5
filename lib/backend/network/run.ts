/**
 * Runs a network as one: each thread computes all stages, forward and back, for a few
 * images at a time, whose numbers stay in its cache.
 */

import type { Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { runFaster } from "../threads/autotune.ts";
import { imagesPerSum, MAX_SUMS_BYTES } from "../geometry/tiles.ts";
import { writeAll } from "../threads/fields.ts";
import { Stage as StageClass } from "../threads/jobs.ts";
import { layOut } from "./layout.ts";
import type { Stage } from "./stages.ts";

/** Bytes of a chunk's sums where they are its loss only. */
const LOSS_BYTES = 64;
/** A larger arena leaves the cache, and layer by layer is as fast then. */
const MAX_ARENA_BYTES = 1 << 24;

/** Whether the images of these stages are so small that they should run as one. */
export function isSmall(stages: Stage[]): boolean {
  return layOut(stages).arenaBytes <= MAX_ARENA_BYTES;
}

/** Mean binary cross-entropy, and its gradients for each stage's filter and bias. */
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

/** The predictions y[n, 2 h, 2 w, 1], where the last stage's input is [n, h, w, c]. */
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

/** Runs a task of assembly/network/step.ts, and returns the sum of the losses. */
function run(
  backend: WasmBackend,
  stages: Stage[],
  { task, x, y, scale = 0, gradients = [] }: {
    task: "networkTrain" | "networkPredict";
    x: TensorInfo;
    /** Targets, or where the predictions go. */
    y: TensorInfo;
    /** Factor of the gradients; 0: there are none. */
    scale?: number;
    /** Where those of each stage's filter and bias go. */
    gradients?: TensorInfo[];
  },
): number {
  const { heap, pool } = backend;
  const layout = layOut(stages);
  const { fields, arenaBytes, zeroBytes, filterBytes } = layout;
  const [n] = x.shape;
  const sumsBytes = scale ? layout.sumsBytes : LOSS_BYTES;
  const imagesPerChunk = imagesPerSum(
    n,
    Math.floor(MAX_SUMS_BYTES / sumsBytes),
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
    const key = `${task} ${scale > 0} ${sizes}`;
    runFaster(pool, { key, amount: n }, (smallBlock) => {
      const objects = fields.map((field, i) => ({
        ...field,
        ...addresses[i],
        smallBlock,
      }));
      const job = {
        stages: writeAll(heap, allocate, { type: StageClass, objects }),
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
