/**
 * Hostile calls of every operation: see fuzz/fuzz.ts, which makes 100,000. What
 * it found has a test of its own in tests/backend/.
 */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { kernelEnvironment } from "../../tools/flags.ts";
import { callOf, shown } from "./fuzz/call.ts";
import { difference } from "./fuzz/compare.ts";
import type { Drawn } from "./fuzz/draw.ts";
import { EXCLUDED } from "./fuzz/excluded.ts";
import { GuardedHeap } from "./fuzz/guard.ts";
import { functionOf, isKernel, OPERATIONS } from "./fuzz/operations.ts";
import { fuzz, totals } from "./fuzz/run.ts";
import { slopeDiffers } from "./fuzz/slope.ts";

const CALLS = 1_000;

for (
  const [mode, env] of [
    ["with the kernel's flags", await kernelEnvironment()],
    ["without flags", {}],
  ] as const
) {
  Deno.test(`${CALLS} hostile calls ${mode}: as cpu answers or refuses`, async () => {
    const summary = await fuzz(0, CALLS, { env });
    assert.deepEqual(summary.faults, []);
    const { answered, refused, known } = totals(summary);
    assert.ok(answered > 0.4 * CALLS && refused > 0.2 * CALLS);
    // A judge that is corrected as ours is would prove nothing; of more than
    // this, something of ours is taken for a fault of the judge's.
    assert.ok(known > 0.02 * CALLS && known < 0.07 * CALLS, `${known} known`);
  });
}

Deno.test("a call that ends the process or lasts for ever is named", async () => {
  const program = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    program,
    `const [from, to] = Deno.args.map(Number);
    for (let seed = from; seed < to; seed++) {
      console.log("ours " + seed);
      if (seed === 2) Deno.exit(7);
      while (seed === 4);
      console.log("answered " + seed + " abs");
    }
    console.log("end");`,
  );
  try {
    const summary = await fuzz(0, 6, { program, patience: 10 });
    assert.deepEqual(summary.faults, [
      "2 the process ended with 7, on ours",
      "4 no answer for 10 s, on ours",
    ]);
    assert.equal(totals(summary).answered, 4);
  } finally {
    await Deno.remove(program);
  }
});

Deno.test("a wrong gradient that tfjs's own cannot judge is noticed", async () => {
  await useBackend();
  const x: Drawn = { shape: [3, 4], dtype: "float32", kind: "unit", seed: 1 };
  const call = { name: "cumsum", arguments: [x, 0], hasGradient: true };
  assert.equal(slopeDiffers(call), undefined);
  const right = tf.getGradient("Cumsum");
  tf.registerGradient({
    ...right,
    gradFunc: (dy) => ({ x: () => tf.cumsum(dy as tf.Tensor, 0) }),
  });
  try {
    assert.match(slopeDiffers(call)!, /^changes by/);
  } finally {
    tf.registerGradient(right);
  }
});

Deno.test("what is written outside a call's tensors is noticed", () => {
  const heap = new GuardedHeap();
  const first = heap.allocate(64), second = heap.allocate(60);
  for (const address of [first, second]) heap.floats(address, 16).fill(1);
  assert.ok(heap.isIntact());
  for (
    const address of [first - 4, first + 64, second - 4, second + 64, 1 << 20]
  ) {
    heap.floats(address, 1).fill(1);
    assert.ok(!heap.isIntact(), `written at ${address - first}`);
    assert.ok(heap.isIntact());
  }
  heap.floats(first + 64, 1).fill(1);
  heap.free(first);
  assert.ok(!heap.isIntact());
  heap.free(second);
  assert.ok(heap.isIntact());
  assert.ok(Number.isNaN(heap.floats(heap.allocate(64), 1)[0]));
});

/** Rooms of tfjs that hold operations. */
const ROOMS = [
  ...["fused", "image", "linalg", "losses", "math", "signal", "sparse"],
  ...["spectral", "string"],
] as const;

Deno.test("every operation of tfjs is called, or excluded for a reason", () => {
  const functionsOf = (of: object) =>
    Object.entries(of).filter(([name, value]) =>
      typeof value === "function" && /^[a-z]/.test(name)
    ).map(([name]) => name);
  const all = [
    ...functionsOf(tf),
    ...ROOMS.flatMap((room) =>
      functionsOf(tf[room]).map((name) => `${room}.${name}`)
    ),
  ];
  assert.ok(all.length > 250);
  const isThere = (name: string) => name in OPERATIONS || name in EXCLUDED;
  assert.deepEqual(all.filter((name) => !isThere(name)), []);
  for (const name of Object.keys(OPERATIONS)) {
    assert.equal(typeof functionOf(name), "function", name);
    assert.ok(!(name in EXCLUDED), name);
  }
  assert.deepEqual(
    Object.keys(EXCLUDED).filter((name) => !all.includes(name)),
    [],
  );
});

Deno.test("every kernel that gradients alone call is called with any dy", async () => {
  await useBackend();
  const called = Object.keys(OPERATIONS).filter(isKernel);
  const missing = tf.getKernelsForBackend("wasm-threads")
    .map(({ kernelName }) => kernelName)
    .filter((name) => /Grad$|Backprop/.test(name))
    .filter((name) => !called.includes(`kernel ${name}`));
  assert.deepEqual(missing, []);
});

Deno.test("a seed makes the same call each time", () => {
  const lines = Array.from({ length: 99 }, (_, seed) => shown(callOf(seed)));
  assert.deepEqual(lines.map((_, seed) => shown(callOf(seed))), lines);
  assert.equal(new Set(lines).size, lines.length);
});

Deno.test("answers that differ are reported, and what is alike is not", () => {
  const of = (values: number[], shape = [values.length]) => ({
    outputs: [{ shape, dtype: "float32", values }],
  });
  const error = "RangeError: no";
  const same = of([1, NaN, Infinity]);
  assert.equal(difference(same, of([1, NaN, Infinity])), undefined);
  assert.equal(difference({ outputs: [], error }, of([1], [-1])), undefined);
  for (
    const other of [
      of([1.01, NaN, Infinity]),
      of([1, 0, Infinity]),
      of([1, NaN, -Infinity]),
      of([1, NaN, Infinity], [3, 1]),
      { outputs: [], error },
    ]
  ) {
    assert.ok(difference(same, other));
    assert.ok(difference(other, same));
  }
  assert.ok(difference(of([1], [-1, -1]), { outputs: [], error }));
  assert.ok(difference({ ...same, harm: "1 tensor is kept" }, same));
  const foreign = "TypeError: x is not a function";
  assert.ok(
    difference({ outputs: [], error: foreign }, { outputs: [], error }),
  );
  assert.equal(
    difference({ outputs: [], error: foreign }, {
      outputs: [],
      error: foreign,
    }),
    undefined,
  );
  const trap = "RuntimeError: memory access out of bounds";
  assert.ok(difference({ outputs: [], error: trap }, { outputs: [], error }));
});
