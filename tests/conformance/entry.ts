/**
 * Runs tfjs-core's own tests on a backend: `entry [backend] [threads]`, bundled
 * by suite_test.ts together with tfjs-core, so that there is one copy of it.
 * Prints failures, then one line "N passed, N failed, N pending".
 */

// deno-lint-ignore-file no-explicit-any -- jasmine and the tests are untyped
import jasmineRequire from "jasmine-core/lib/jasmine-core/jasmine.js";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import { mirrorPadGradConfig } from "@tensorflow/tfjs-core/dist/gradients/MirrorPad_grad";
import { AdadeltaOptimizer, registerGradient } from "@tensorflow/tfjs-core";
import { setTestEnvs } from "@tensorflow/tfjs-core/dist/jasmine_util";
import process from "node:process";
import { useBackend } from "@denoise/tfjs-wasm-threads";

const [backendName, threads] = process.argv.slice(2) as [
  "cpu" | "wasm-threads",
  string,
];
const jasmine = jasmineRequire.core(jasmineRequire);
const env = jasmine.getEnv({ suppressLoadErrors: true });
Object.assign(globalThis, jasmineRequire.interface(jasmine, env));
env.configure({
  random: false,
  forbidDuplicateNames: false,
  // It demands that gradients of dilated convolutions are refused.
  specFilter: (spec: any) =>
    !spec.getFullName().endsWith("throws error on dilations > 1"),
});

const counts = { passed: 0, failed: 0, pending: 0, excluded: 0 } as Record<
  string,
  number
>;
env.addReporter({
  specDone(result: any) {
    counts[result.status]++;
    for (const { message } of result.failedExpectations) {
      console.log(`FAILED ${result.fullName}\n  ${message}`);
    }
  },
  suiteDone(result: any) {
    for (const { message } of result.failedExpectations) {
      counts.failed++;
      console.log(`FAILED ${result.fullName}\n  ${message}`);
    }
  },
});

// The suite resets tfjs before each group and sets the backend by its name.
const { applyGradients } = AdadeltaOptimizer.prototype;
await useBackend(backendName, { threads: Number(threads ?? 1) });
// Two tests demand the gradient that tfjs has, against finite differences, and two
// its rule of Adadelta, against Zeiler's.
registerGradient(mirrorPadGradConfig);
AdadeltaOptimizer.prototype.applyGradients = applyGradients;
setTestEnvs([{ name: backendName, backendName, flags: {}, isDataSync: true }]);
await import("@tensorflow/tfjs-core/dist/tests");
await env.execute();
const { passed, failed, pending } = counts;
console.log(`${passed} passed, ${failed} failed, ${pending} pending`);
process.exit(failed ? 1 : 0);
