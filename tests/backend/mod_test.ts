import * as tf from "@tensorflow/tfjs";
import { capture, ROOT } from "../../tools/system.ts";
import assert from "node:assert/strict";
import type { WasmBackend } from "../../lib/backend/backend.ts";
import { type BackendName, useBackend } from "../../lib/backend/mod.ts";

Deno.test("backends asked for at once come one after the other", async () => {
  const names = await Promise.all([
    useBackend("wasm-threads", { threads: 4 }),
    useBackend("wasm-threads", { threads: 3 }),
    useBackend("cpu"),
    useBackend("wasm-threads", { threads: 2 }),
  ]);
  assert.deepEqual(names.at(-1), "wasm-threads");
  assert.equal((tf.engine().backend as WasmBackend).pool.threads, 2);
  const x = tf.range(0, 9 * 28 * 28 * 8).mod(7).reshape([9, 28, 28, 8]);
  const w = tf.range(0, 72 * 16).mod(5).reshape([3, 3, 8, 16]);
  const answer = () =>
    tf.tidy(() =>
      tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same").dataSync()
    );
  const first = answer();
  for (let i = 0; i < 50; i++) assert.deepEqual(answer(), first);
});

Deno.test("backends and options that are none are refused by name", async () => {
  await assert.rejects(useBackend("wasm" as BackendName), {
    name: "RangeError",
    message: /"wasm": it is none of "wasm-threads", "webgpu" and "cpu"/,
  });
  const tooMany = Math.max(64, navigator.hardwareConcurrency) + 1;
  for (const threads of [0, 1.5, NaN, tooMany]) {
    await assert.rejects(useBackend("wasm-threads", { threads }), {
      name: "RangeError",
      message: new RegExp(`"${threads}" threads: .* from 1 to ${tooMany - 1};`),
    });
  }
  const options = { thread: 1 } as { threads?: number };
  await assert.rejects(async () => await useBackend(undefined, options), {
    name: "TypeError",
    message: /the option "thread": useBackend has no such option/,
  });
});

Deno.test("no backend greets with advice for Node", async () => {
  const program = `
    import * as tf from "@tensorflow/tfjs";
    import { useBackend } from "./lib/backend/mod.ts";
    await useBackend("cpu");
    tf.add(1, 2).dataSync();
    await useBackend();
    console.log(tf.add(1, 2).dataSync()[0]);`;
  const { stdout, stderr } = await capture(
    Deno.execPath(),
    ["eval", "--ext=ts", program],
    { cwd: ROOT },
  );
  assert.deepEqual([stdout, stderr], ["3\n", ""]);
});
