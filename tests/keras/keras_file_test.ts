/** Keras opens a file such as the pages offer, and predicts what TensorFlow.js predicts. */

import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { useBackend } from "../../lib/backend/mod.ts";
import { predict, Random } from "../../lib/mod.ts";
import { buildAutoencoder } from "../../lib/training/model.ts";
import { kerasFile } from "../../tools/keras_file.ts";
import { makeVenv } from "../../tools/python.ts";
import { outputOf, venvPython } from "../../tools/system.ts";
import { inFolder } from "../in_folder.ts";

const COUNT = 5;

/** As the pages say it: the model is opened, and asked for what lies beside it. */
const PREDICT = `
import sys
import keras
import numpy
model = keras.saving.load_model(sys.argv[1] + "/denoiser.h5")
images = numpy.fromfile(sys.argv[1] + "/images", "float32").reshape(-1, 28, 28, 1)
model.predict(images, verbose=0).astype("float32").tofile(sys.argv[1] + "/answers")
print(keras.__version__, model.count_params())
`;

Deno.test("Keras opens a network as the pages offer it, and its answers are the same", () =>
  inFolder(async (folder) => {
    await makeVenv("bench/", "Keras and PyTorch (some minutes)");
    await useBackend();
    const model = buildAutoencoder({ seed: 4 });
    const random = new Random(5);
    const images = Float32Array.from(
      { length: COUNT * 784 },
      () => random.uniform(),
    );
    const ours = await predict(model, images);
    await Deno.writeFile(`${folder}/images`, new Uint8Array(images.buffer));
    await Deno.writeFile(
      `${folder}/denoiser.h5`,
      await kerasFile(model as tf.Sequential),
    );
    const args = ["-c", PREDICT, folder];
    const said = await outputOf(venvPython("bench/"), args);
    assert.match(said, /^3\.\d+\.\d+ 28353$/m);
    const bytes = await Deno.readFile(`${folder}/answers`);
    const theirs = new Float32Array(bytes.buffer);
    assert.equal(theirs.length, ours.length);
    const apart = theirs.map((x, i) => Math.abs(x - ours[i]));
    assert.ok(Math.max(...apart) < 1e-5, `${Math.max(...apart)}`);
    assert.ok(new Set(ours).size > 100, "answers that differ");
  }));
