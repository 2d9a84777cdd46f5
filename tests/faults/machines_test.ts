/**
 * Machines of other kinds train a small problem to the same loss: bit for bit
 * where only the threads differ, else within one in 10,000.
 */

import assert from "node:assert/strict";
import { findAdapter } from "../../lib/backend/webgpu.ts";
import { capture, ROOT } from "../../tools/system.ts";
import type { Result } from "./small_problem.ts";

const deno = Deno.execPath();
const TOLERANCE = 1e-4;

interface Machine {
  /** What is put before, such as ["taskset", "-c", "0"]. */
  before?: string[];
  flags?: string[];
  /** The backend and its threads. */
  asked?: string[];
  env?: Record<string, string>;
}

async function run(
  { before = [], flags = ["-A"], asked = [], env = {} }: Machine,
) {
  const path = "tests/faults/small_problem.ts";
  const [program, ...args] = [...before, deno, "run", ...flags, path, ...asked];
  const { code, stdout, stderr } = await capture(program, args, {
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
  });
  return { code, stdout, stderr };
}

async function train(machine: Machine): Promise<Result & { stderr: string }> {
  const { code, stdout, stderr } = await run(machine);
  assert.equal(code, 0, stderr);
  return { ...JSON.parse(stdout), stderr };
}

const usual = await train({ asked: ["wasm-threads", "2"] });

function assertSame(result: Result, backend: string, { bits = false } = {}) {
  assert.equal(result.backend, backend);
  const [first, last] = result.losses;
  assert.ok(last < first / 2, `${first}, then ${last}`);
  result.losses.forEach((loss, i) => {
    const off = Math.abs(loss / usual.losses[i] - 1);
    assert.ok(off < TOLERANCE, `off by ${off}`);
  });
  if (bits) assert.equal(result.weights, usual.weights);
}

for (const threads of ["1", "3", "8"]) {
  Deno.test(`${threads} threads give the same bits`, async () => {
    const result = await train({ asked: ["wasm-threads", threads] });
    assertSame(result, "wasm-threads", { bits: true });
  });
}

const oneCore = ["taskset", "--cpu-list", "0"];
const hasTaskset = await run({ before: oneCore }).then(
  ({ code }) => code === 0,
  () => false,
);
if (!hasTaskset) {
  console.error("\nSKIPPED: no taskset, so one core is NOT tested.\n");
}

for (const threads of ["1", "8"]) {
  Deno.test(`${threads} threads on one core give the same bits`, {
    ignore: !hasTaskset,
  }, async () => {
    const asked = ["wasm-threads", threads];
    const result = await train({ before: oneCore, asked });
    assertSame(result, "wasm-threads", { bits: true });
  });
}

Deno.test("where no thread can start one is used, and that is said", async () => {
  const flags = ["-A", "--preload", "tests/faults/no_threads.ts"];
  const result = await train({ flags });
  assertSame(result, "wasm-threads", { bits: true });
  assert.match(result.stderr, /Cannot start "\d+" threads: .*; one is used/);
  const { code, stderr } = await run({ flags, asked: ["wasm-threads", "3"] });
  assert.equal(code, 1);
  assert.match(stderr, /Cannot start "3" threads: no threads here/);
});

const { arch } = Deno.build;
const isX86 = arch === "x86_64";
if (!isX86) {
  console.error(
    `\nSKIPPED: V8 on ${arch} has no flags that take away FMA, wide vectors ` +
      "or SIMD, so processors without them are NOT tested.\n",
  );
}

for (
  const flag of ["--no-enable-fma3", "--no-enable-avx", "--no-enable-avx2"]
) {
  Deno.test(`a processor as with ${flag} trains to the same loss`, {
    ignore: !isX86,
  }, async () => {
    const result = await train({ flags: ["-A", `--v8-flags=${flag}`] });
    assertSame(result, "wasm-threads");
  });
}

Deno.test("without SIMD cpu is used, and that is said", {
  ignore: !isX86,
}, async () => {
  // V8 15 has no flag that takes away relaxed SIMD alone.
  const flags = ["-A", "--v8-flags=--no-enable-sse4-1"];
  const result = await train({ flags });
  assertSame(result, "cpu");
  assert.match(result.stderr, /"wasm-threads" cannot run here.*"cpu" is used/);
  const { code, stderr } = await run({ flags, asked: ["wasm-threads"] });
  assert.equal(code, 1);
  assert.match(stderr, /Cannot use backend "wasm-threads": .*use "cpu"/);
});

const adapter = await findAdapter();
if (!adapter) {
  console.error("\nSKIPPED: no WebGPU adapter, so webgpu is NOT tested.\n");
}

Deno.test("a GPU changes nothing unless it is asked for", {
  ignore: !adapter,
}, async () => {
  assertSame(await train({}), "wasm-threads", { bits: true });
  const asked = await train({ asked: ["webgpu"] });
  assertSame(asked, "webgpu");
  const isSaid = /"webgpu" finds no GPU here, only a program that imitates one/;
  assert.equal(isSaid.test(asked.stderr), adapter!.info.isFallbackAdapter);
});

Deno.test("without an adapter webgpu is refused, and the way out is said", async () => {
  // Deno looks for nothing but what this system has not.
  const other = Deno.build.os === "windows" ? "metal" : "dx12";
  const env = { DENO_WEBGPU_BACKEND: other };
  const { code, stderr } = await run({ env, asked: ["webgpu"] });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /Cannot use backend "webgpu": this machine has no.*; use "wasm-threads"/,
  );
});

Deno.test("tfjs's own cpu backend trains to the same loss", async () => {
  assertSame(await train({ asked: ["cpu"] }), "cpu");
});
