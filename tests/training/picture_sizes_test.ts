import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { withSize } from "../../lib/data/images.ts";
import { predict } from "../../lib/training/predict.ts";
import { fit } from "../../lib/training/fit.ts";
import { buildAutoencoder } from "../../lib/training/model.ts";
import { noisy } from "./noisy_digits.ts";

await useBackend();

Deno.test("pictures of another size are not taken for the model's, though they divide", async () => {
  const model = buildAutoencoder();
  const colours = withSize(
    new Float32Array(2 * 28 * 28 * 3),
    { height: 28, width: 28, channels: 3 },
  );
  const refused = /"28 x 28 x 3" as images: the model takes .*28 x 28 x 1/;
  await assert.rejects(predict(model, colours), refused);
  await assert.rejects(
    fit(model, noisy.slice(0, 6 * 784), colours),
    /"28 x 28 x 3" as clean images: the model makes/,
  );
  const [tall, wide] = [[8, 4], [4, 8]].map(([height, width]) =>
    withSize(new Float32Array(2 * 32), { height, width, channels: 1 })
  );
  const ofTall = tf.sequential({
    layers: [tf.layers.flatten({ inputShape: [8, 4, 1] })],
  });
  assert.equal((await predict(ofTall, tall)).length, 64);
  await assert.rejects(predict(ofTall, wide), /"4 x 8" as images/);
});
