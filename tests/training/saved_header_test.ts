/** States whose checksum is right and whose header is not: no training goes on from one. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { useBackend } from "../../lib/backend/mod.ts";
import { fit } from "../../lib/training/fit.ts";
import { inFolder } from "../in_folder.ts";
import {
  build,
  clean,
  isTaken,
  type Json,
  noisy,
  optimizers,
  saved,
  write,
} from "./saved_state.ts";

await useBackend();

for (const optimizer of ["Adadelta", "Adam"]) {
  Deno.test(`${optimizer}: more or fewer tensors or bytes are not taken`, () =>
    inFolder(async (folder) => {
      const state = await saved(optimizer, folder);
      const { path, header, payload } = state;
      const { tensors, weights } = header;
      const moved = tensors.with(6, tensors[7]).with(7, tensors[6]);
      const turned = tensors.with(0, { ...tensors[0], shape: [3, 4] });
      const length = 4 * tf.util.sizeFromShape(tensors.at(-1).shape);
      // What an optimizer keeps before its first step: numbers, and no averages.
      const unstarted = tensors.filter(({ shape }: Json, i: number) =>
        i < weights || shape.length === 0
      );
      const needed = unstarted.reduce(
        (sum: number, { shape }: Json) =>
          sum + 4 * tf.util.sizeFromShape(shape),
        0,
      );
      const others: [Json, Uint8Array][] = [
        [header, payload.subarray(4)],
        [header, Buffer.concat([payload, new Uint8Array(4)])],
        [header, payload.subarray(0, 0)],
        [
          { ...header, tensors: tensors.slice(0, -1) },
          payload.subarray(length),
        ],
        [
          { ...header, tensors: [...tensors, tensors.at(-1)] },
          Buffer.concat([payload, payload.subarray(-length)]),
        ],
        [{ ...header, tensors: unstarted }, payload.subarray(0, needed)],
        [{ ...header, weights: weights + 1 }, payload],
        [{ ...header, weights: tensors.length + 1 }, payload],
        [{ ...header, tensors: moved }, payload], // of other shapes
        [{ ...header, tensors: turned }, payload],
      ];
      for (const [other, bytes] of others) {
        await write(path, JSON.stringify(other), bytes);
        assert.ok(!await isTaken(state, optimizer));
      }
      for (const line of ["", "{", "null", "[]", "[".repeat(1e5)]) {
        await write(path, line, payload);
        assert.ok(!await isTaken(state, optimizer));
      }
    }));
}

Deno.test("tensors of an optimizer that we do not know are tensors, too", () =>
  inFolder(async (folder) => {
    type Kept = Awaited<ReturnType<tf.Optimizer["getWeights"]>>;
    // It has its parent's name, as a class of one's own has that extends tfjs's.
    class Own extends tf.AdadeltaOptimizer {
      #extra = tf.scalar(1);
      override async getWeights() {
        const own = { name: "extra", tensor: this.#extra };
        return [...await super.getWeights(), own] as Kept;
      }
      override setWeights(weights: Kept) {
        return super.setWeights(weights.slice(0, -1));
      }
    }
    optimizers.Own = () => new Own(1, 0.95);
    const state = await saved("Own", folder);
    const { path, header, payload } = state;
    await write(path, JSON.stringify(header), payload);
    assert.ok(await isTaken(state, "Own"));
    const last = header.tensors.at(-1); // of shape [4]
    for (const bad of [{ dtype: "string" }, { shape: [-2, -2] }]) {
      const tensors = header.tensors.with(-1, { ...last, ...bad });
      await write(path, JSON.stringify({ ...header, tensors }), payload);
      assert.ok(!await isTaken(state, "Own"), JSON.stringify(bad));
    }
  }));

Deno.test("keys named as JavaScript's own change no other object", () =>
  inFolder(async (folder) => {
    const state = await saved("Adadelta", folder);
    const evil =
      '"__proto__":{"evil":1},"constructor":{"prototype":{"evil":1}}';
    const line = JSON.stringify(state.header).replaceAll("{", `{${evil},`);
    await write(state.path, line, state.payload);
    assert.ok(await isTaken(state, "Adadelta"));
    assert.equal(({} as Json).evil, undefined);
  }));

Deno.test("a training of another backend is refused, and one of an earlier course", () =>
  inFolder(async (folder) => {
    const state = await saved("SGD", folder);
    const attempt = () =>
      fit(build("SGD"), noisy, clean, {
        ...{ epochs: 4, batchSize: 4, checkpoint: state.checkpoint },
      });
    const { settings } = state.header;
    const writeWith = (backend: string) => {
      const header = { ...state.header, settings: { ...settings, backend } };
      return write(state.path, JSON.stringify(header), state.payload);
    };
    await writeWith("webgpu");
    await assert.rejects(
      attempt,
      /has backend webgpu, not wasm-threads; .*useBackend\("webgpu"\), or train anew with resume: false/,
    );
    for (const format of [undefined, 3]) {
      const earlier = { ...state.header, format };
      await write(state.path, JSON.stringify(earlier), state.payload);
      await assert.rejects(
        attempt,
        /an earlier version of the course saved it; train anew with resume: false/,
      );
    }
  }));

Deno.test("epochs without validation are NaN again, which JSON cannot write", () =>
  inFolder(async (folder) => {
    const { checkpoint } = await saved("SGD", folder);
    const history = await fit(build("SGD"), noisy, clean, {
      ...{ epochs: 4, batchSize: 4, checkpoint },
    });
    for (const name of ["valLoss", "valMae"]) {
      assert.deepEqual(history.map((row) => row[name]), Array(4).fill(NaN));
    }
  }));

Deno.test("an optimizer that cannot be saved is refused before the training", () =>
  inFolder(async (folder) => {
    optimizers.Adamax = () => tf.train.adamax(0.01);
    let steps = 0;
    await assert.rejects(
      fit(build("Adamax"), noisy, clean, {
        ...{ epochs: 2, batchSize: 4, checkpoint: `${folder}/training` },
        onBatch: () => void steps++,
      }),
      /Cannot save a training with the optimizer "Adamax": .*leave checkpoint out/,
    );
    assert.equal(steps, 0);
  }));
