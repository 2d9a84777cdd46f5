import assert from "node:assert/strict";
import { checkOptions } from "../../lib/errors/options.ts";

const KNOWN = ["epochs", "batchSize", "factor", "validationData"] as const;

Deno.test("an option that is known is let through", () => {
  checkOptions("fit", { epochs: 1, batchSize: undefined }, KNOWN);
  checkOptions("fit", {}, KNOWN);
});

for (
  const [wrong, meant] of [
    ["batch_size", "batchSize"],
    ["epoch", "epochs"],
    ["validation_data", "validationData"],
    ["noise_factor", "factor"],
  ]
) {
  Deno.test(`"${wrong}" is refused, and "${meant}" named`, () => {
    assert.throws(
      () => checkOptions("fit", { [wrong]: 1 }, KNOWN),
      (error: Error) =>
        error instanceof TypeError &&
        error.message.includes(
          `Cannot use the option "${wrong}": fit has no such option; use "${meant}"`,
        ),
    );
  });
}

Deno.test("an option like none of ours is refused, and all are named", () => {
  assert.throws(
    () => checkOptions("fit", { sheep: 1 }, KNOWN),
    (error: Error) =>
      error instanceof TypeError &&
      error.message.includes(
        "its options are epochs, batchSize, factor, and validationData",
      ),
  );
});

Deno.test("a bare value in the place of options is refused", () => {
  assert.throws(
    () => checkOptions("addNoise", 0.5 as unknown as object, ["factor"]),
    (error: Error) =>
      error instanceof TypeError &&
      error.message.includes(
        'Cannot use "0.5" as the options of addNoise: write them in braces',
      ),
  );
});
