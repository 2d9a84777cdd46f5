/** V8's flags of the course's kernel change the speed and no bit. */

import assert from "node:assert/strict";
import { kernelFlags } from "../../tools/flags.ts";
import { ROOT } from "../../tools/system.ts";

const PROGRAM = `
  import * as tf from "@tensorflow/tfjs";
  import { createHash } from "node:crypto";
  import { useBackend } from "./lib/backend/mod.ts";
  import { buildAutoencoder } from "./lib/model.ts";

  await useBackend("wasm-threads");
  const model = buildAutoencoder({ seed: 0 });
  const hash = createHash("sha256");
  const images = (n, seed) =>
    tf.randomUniform([n, 28, 28, 1], 0, 1, "float32", seed);
  for (let step = 0; step < 3; step++) {
    await model.trainOnBatch(images(33, step), images(33, step + 10));
  }
  for (const weight of model.getWeights()) hash.update(weight.dataSync());
  // And layer by layer: every kernel of a forward pass and of its gradients.
  const { value, grads } = tf.variableGrads(() =>
    model.apply(images(9, 1)).sub(images(9, 2)).square().mean()
  );
  for (const tensor of [value, ...Object.values(grads)]) {
    hash.update(tensor.dataSync());
  }
  console.log(hash.digest("hex"));
`;

async function hash(flags: string): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--ext=js", PROGRAM],
    cwd: ROOT,
    env: { DENO_V8_FLAGS: flags },
  }).output();
  const [answer, problem] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  assert.match(answer, /^[0-9a-f]{64}\n$/, problem);
  return answer;
}

Deno.test("with and without the kernel's flags the bits are the same", async () => {
  const plain = "--wasm-bounds-checks"; // V8's default
  assert.equal(await hash(await kernelFlags()), await hash(plain));
});
