/**
 * Random cases of every kernel that this backend has itself, and of networks that run as
 * one. What case belongs to a seed is in property/. A failure says how to run its case
 * alone:
 *
 *     deno test -A tests/numerics/property_test.ts -- Conv2D 1234
 *
 * A number alone is the number of cases, for machines where 10,000 take too long.
 */

import { getKernel, getKernelsForBackend } from "@tensorflow/tfjs-core";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { readArguments, wholeNumber } from "../../tools/arguments.ts";
import { faultOf } from "./property/fault.ts";
import { generators } from "./property/kernels.ts";
import { networkFaultOf } from "./property/networks.ts";

const BACKEND = "wasm-threads";
const { positionals: [only, number] } = readArguments(
  "deno test -A tests/numerics/property_test.ts -- [CASES | KERNEL SEED]",
  { most: 2 },
);
const isCount = /^\d+$/.test(only ?? "");
/** Cases of all kernels together. */
const CASES = isCount ? Number(only) : 10_000;
const NETWORKS = Math.ceil(0.009 * CASES);

/** Kernels with many branches get four times as many cases. */
const shareOf = (name: string) => /Conv|MatMul|Pool/.test(name) ? 4 : 1;
const shares = Object.keys(generators)
  .reduce((sum, name) => sum + shareOf(name), 0);

/** How many cases there are of each kernel, and of networks. */
const counts = new Map([
  ...Object.keys(generators).map((name) =>
    [name, Math.ceil(CASES * shareOf(name) / shares)] as const
  ),
  ["network", NETWORKS] as const,
]);

const flags = Deno.env.get("DENO_V8_FLAGS");
const COMMAND = (flags ? `DENO_V8_FLAGS=${flags} ` : "") +
  "deno test -A tests/numerics/property_test.ts --";

/** One line that says what is wrong and how to run the case again, or none. */
function check(name: string, seed: number): string[] {
  const found = name === "network"
    ? networkFaultOf(seed)
    : faultOf(name, generators[name], seed);
  return found ? [`${name}: ${found}. Alone: ${COMMAND} ${name} ${seed}`] : [];
}

/** The number of threads depends on the seed, too. */
const threadsOf = (seed: number) => 1 + seed % 3;

if (only && !isCount) {
  const seed = wholeNumber(number ?? "");
  Deno.test(`${only}, case ${seed}`, async () => {
    assert.ok(counts.has(only), `Cannot check "${only}": no such kernel`);
    await useBackend(BACKEND, { threads: threadsOf(seed) });
    assert.deepEqual(check(only, seed), []);
  });
} else {
  for (const threads of [1, 2, 3]) {
    Deno.test(`random cases are right on ${threads} threads`, async () => {
      await useBackend(BACKEND, { threads });
      // For each kernel, the first case that fails.
      const wrong = [...counts].flatMap(([name, count]) => {
        for (let seed = threads - 1; seed < count; seed += 3) {
          const found = check(name, seed);
          if (found.length) return found;
        }
        return [];
      });
      assert.deepEqual(wrong, []);
    });
  }

  Deno.test("every kernel of the backend's own has random cases", async () => {
    await useBackend(BACKEND);
    const own = getKernelsForBackend(BACKEND).filter((kernel) =>
      kernel.kernelFunc !== getKernel(kernel.kernelName, "cpu")?.kernelFunc
    ).map(({ kernelName }) => kernelName);
    assert.ok(own.length > 40);
    assert.deepEqual(own.filter((name) => !counts.has(name)), []);
  });
}
