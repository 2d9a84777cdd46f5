import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import type { TrainingWatch } from "../../lib/training/events.ts";
import { fit } from "../../lib/training/fit.ts";
import { watchSeveral } from "../../lib/training/watch_several.ts";
import { clean, noisy, smallModel } from "./small_model.ts";

await useBackend();

/** A watch that notes what it is told. */
function noting() {
  const told: string[] = [];
  const elapsed: number[] = [];
  const watch: TrainingWatch = {
    begin: async ({ epochs, batches, step, isSaved }) => {
      await told.push(`${epochs} of ${batches} from ${step}, ${isSaved}`);
    },
    batch: async ({ epoch, batch, elapsed: ms }) => {
      elapsed.push(ms);
      await told.push(`${epoch}.${batch}`);
    },
    epoch: async () => void await told.push("epoch"),
    end: async (how) => void await told.push(how),
  };
  return { watch, told, elapsed };
}

Deno.test("several trainings are shown as epochs of one, whatever their steps", async () => {
  const { watch, told, elapsed } = noting();
  const several = watchSeveral(2, watch);
  const options = { batchSize: 20, watch: several }; // 2 batches an epoch
  await fit(smallModel(), noisy, clean, { ...options, epochs: 2 });
  await fit(smallModel(), noisy, clean, { ...options, epochs: 1 });
  assert.deepEqual(told, [
    ...["2 of 4 from 0, false", "1.1", "1.2", "1.3", "1.4"],
    ...["2.2", "2.4", "done"],
  ]);
  assert.ok(elapsed[0] > 0);
  assert.deepEqual(elapsed, elapsed.toSorted((a, b) => a - b));
});

Deno.test("a training that is stopped ends them all, and none begins nothing", async () => {
  const { watch, told } = noting();
  const several = watchSeveral(3, watch);
  const options = { batchSize: 40, watch: several };
  await fit(smallModel(), noisy, clean, options);
  const stopped = fit(smallModel(), noisy, clean, {
    ...{ ...options, signal: AbortSignal.abort() },
  });
  await assert.rejects(stopped, { name: "AbortError" });
  assert.deepEqual(told, ["3 of 1 from 0, false", "1.1", "stopped"]);
  assert.doesNotThrow(() => watchSeveral(0, watch));
});

Deno.test("a watch of several is refused for arguments that cannot be right", () => {
  const { watch } = noting();
  for (const count of [-1, 1.5, NaN, "5" as unknown as number]) {
    assert.throws(() => watchSeveral(count, watch), {
      name: "RangeError",
      message: /^Cannot watch ".*" trainings: give a whole number/,
    });
  }
  assert.throws(() => watchSeveral(5, undefined as unknown as TrainingWatch), {
    name: "TypeError",
    message: /^Cannot show the trainings by "undefined": give a watch/,
  });
});
