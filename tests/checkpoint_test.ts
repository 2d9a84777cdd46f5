import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../lib/backend/mod.ts";
import { loadModel, saveModel } from "../lib/checkpoint.ts";
import { buildAutoencoder } from "../lib/model.ts";

await useBackend();

async function inFolder(run: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function weightsOf(model: tf.LayersModel) {
  return model.getWeights().map((weight) => weight.dataSync());
}

function weightsFile(folder: string): string {
  const [file] = [...Deno.readDirSync(folder)].filter(({ name }) =>
    name.endsWith(".bin")
  );
  return `${folder}/${file.name}`;
}

Deno.test("a model comes back bit for bit", () =>
  inFolder(async (folder) => {
    const model = buildAutoencoder({ seed: 5 });
    await saveModel(model, `${folder}/new/model`);
    const loaded = await loadModel(`${folder}/new/model`);
    assert.deepEqual(weightsOf(loaded), weightsOf(model));
    const x = tf.randomUniform([2, 28, 28, 1], 0, 1, "float32", 1);
    assert.deepEqual(
      (loaded.predict(x) as tf.Tensor).dataSync(),
      (model.predict(x) as tf.Tensor).dataSync(),
    );
  }));

Deno.test("saving again leaves one model, the new one", () =>
  inFolder(async (folder) => {
    await saveModel(buildAutoencoder({ seed: 1 }), folder);
    const second = buildAutoencoder({ seed: 2 });
    await saveModel(second, folder);
    assert.equal([...Deno.readDirSync(folder)].length, 2);
    assert.deepEqual(weightsOf(await loadModel(folder)), weightsOf(second));
  }));

Deno.test("a save that fails on the way leaves the old model", () =>
  inFolder(async (folder) => {
    const first = buildAutoencoder({ seed: 1 });
    await saveModel(first, folder);
    // model.json's place aside is taken by a full folder: its write must fail.
    await Deno.mkdir(`${folder}/model.json.part/full`, { recursive: true });
    await assert.rejects(saveModel(buildAutoencoder({ seed: 2 }), folder));
    assert.deepEqual(weightsOf(await loadModel(folder)), weightsOf(first));
  }));

Deno.test("changed or cut weights are refused, and so is what is no model", () =>
  inFolder(async (folder) => {
    await assert.rejects(loadModel(folder), /train and save a model first/);
    await saveModel(buildAutoencoder(), folder);
    const path = weightsFile(folder);
    const weights = await Deno.readFile(path);
    for (let i = 0; i < 50; i++) {
      const bad = weights.slice(0, i % 2 ? weights.length : i * 1_000);
      if (i % 2) bad[i * 997] ^= 1;
      await Deno.writeFile(path, bad);
      await assert.rejects(loadModel(folder), /checksum differs/);
    }
    await Deno.writeTextFile(`${folder}/model.json`, "{}");
    await assert.rejects(loadModel(folder), /not a model saved by saveModel/);
  }));
