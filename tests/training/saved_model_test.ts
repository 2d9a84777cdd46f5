import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { loadModel, saveModel } from "../../lib/training/saved_model.ts";
import { buildAutoencoder } from "../../lib/training/model.ts";
import { hasLinks } from "../links.ts";
import { inFolder } from "../in_folder.ts";

await useBackend();

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

Deno.test("a model that is saved anew while it is loaded is the new one", () =>
  inFolder(async (folder) => {
    await saveModel(buildAutoencoder({ seed: 1 }), folder);
    const second = buildAutoencoder({ seed: 2 });
    const { readFile } = Deno;
    let isSaved = false;
    Deno.readFile = async (path) => {
      const bytes = await readFile(path);
      if (!isSaved && String(path).endsWith("model.json")) {
        isSaved = true;
        await saveModel(second, folder);
      }
      return bytes;
    };
    try {
      assert.deepEqual(weightsOf(await loadModel(folder)), weightsOf(second));
    } finally {
      Deno.readFile = readFile;
    }
    await Deno.remove(weightsFile(folder));
    await assert.rejects(loadModel(folder), Deno.errors.NotFound);
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

// deno-lint-ignore no-explicit-any -- it is what it should not be
type Json = any;

/** Changes model.json; the checksum stays that of the weights. */
async function change(folder: string, by: (manifest: Json) => Json) {
  const path = `${folder}/model.json`;
  const manifest = JSON.parse(await Deno.readTextFile(path));
  const other = by(manifest);
  const json = JSON.stringify(other === undefined ? manifest : other);
  await Deno.writeTextFile(path, json);
}

Deno.test("weights that lie elsewhere are refused by name, and not read", () =>
  inFolder(async (folder) => {
    const model = `${folder}/a/model`;
    const paths = [
      "../../x.bin",
      "../model/weights-0123456789abcdef.bin",
      `${folder}/x.bin`,
      "/dev/zero",
      "C:\\x.bin",
      "C:x.bin",
      "..\\x.bin",
      "\\\\server\\share\\x.bin",
      "weights-0123456789abcdef.bin:stream",
      "weights-0123456789abcdef.bin\u0000",
      "sub/weights-0123456789abcdef.bin",
      "file:///etc/hostname",
      "",
      "model.json",
    ];
    for (const path of paths) {
      await saveModel(buildAutoencoder(), model);
      await Deno.copyFile(weightsFile(model), `${folder}/x.bin`);
      await change(model, ({ weightsManifest: [group] }) => {
        group.paths = [path];
      });
      await assert.rejects(loadModel(model), (error: Error) => {
        assert.ok(error instanceof Deno.errors.InvalidData);
        assert.ok(
          error.message.startsWith(`Cannot load "${model}/model.json"`),
        );
        assert.ok(error.message.includes(`it names "${path}", no file that`));
        assert.match(error.message, /; train the model again$/);
        return true;
      });
    }
  }));

Deno.test("a link in place of weights or of model.json is refused by name", {
  ignore: !hasLinks,
}, () =>
  inFolder(async (folder) => {
    const model = `${folder}/model`;
    await saveModel(buildAutoencoder(), model);
    for (const path of [weightsFile(model), `${model}/model.json`]) {
      await Deno.rename(path, `${folder}/moved`);
      await Deno.symlink(`${folder}/moved`, path);
      await assert.rejects(loadModel(model), {
        name: "InvalidData",
        message:
          `Cannot read "${path}": it is a link; remove it, and train again`,
      });
      await Deno.remove(path);
      await Deno.rename(`${folder}/moved`, path);
    }
    await loadModel(model);
  }));

Deno.test("a model.json that is not as saveModel writes it is refused", () =>
  inFolder(async (folder) => {
    const group = (by: (group: Json) => void) => (manifest: Json) =>
      void by(manifest.weightsManifest[0]);
    const layer = (by: (config: Json) => void) => (manifest: Json) =>
      void by(manifest.modelTopology.config.layers[0].config);
    const changes: [RegExp, (manifest: Json) => Json][] = [
      [/names no weights/, () => null],
      [/names no weights/, () => []],
      [/names no weights/, () => ({ weightsManifest: {} })],
      [/names no weights/, () => ({ weightsManifest: [null] })],
      [/names no weights/, group((group) => group.paths = [])],
      [/names no weights/, group((group) => delete group.weights)],
      [/more than one file/, group((group) => group.paths.push("b.bin"))],
      [
        /more than one file/,
        ({ weightsManifest: all }) => void all.push(all[0]),
      ],
      [/it names "1", no/, group((group) => group.paths = [1])],
      [/no weight is as null/, group((group) => group.weights[1] = null)],
      [/no weight is as/, group((group) => group.weights[1].shape = [-1])],
      [/no weight is as/, group((group) => group.weights[1].shape = [0.5])],
      [/no weight is as/, group((group) => group.weights[1].shape = "32")],
      [/no weight is as/, group((group) => group.weights[1].dtype = "string")],
      [/no weight is as/, group(({ weights }) => weights[1].quantization = {})],
      [/bytes, not \d+/, group(({ weights }) => weights[1].shape = [31])],
      [/bytes, not \d+/, group(({ weights }) => weights[1].shape = [2 ** 52])],
      [/bytes, not \d+/, group(({ weights }) => weights.pop())],
      [/no checksum/, (manifest) => void delete manifest.sha256],
      [/list of frozen/, (manifest) => void (manifest.frozen = [[1]])],
      [/describes no net/, (manifest) => void delete manifest.modelTopology],
      [/saveModel \(.+\)/, (manifest) => void (manifest.modelTopology = [1])],
      [/saveModel \(.+\)/, layer((config) => config.filters = 31)],
      [/saveModel \(.+\)/, layer((config) => config.filters = 1e15)],
      [/saveModel \(.+\)/, layer((config) => config.filters = -1)],
    ];
    for (const [i, [message, by]] of changes.entries()) {
      await saveModel(buildAutoencoder(), folder);
      await change(folder, by);
      await assert.rejects(loadModel(folder), (error: Error) => {
        assert.ok(error instanceof Deno.errors.InvalidData, `${i}: ${error}`);
        assert.match(error.message, message, `${i}`);
        assert.match(
          error.message,
          /^Cannot load ".*model\.json": it is not a /,
        );
        return true;
      });
    }
    const evil =
      '{"__proto__":{"evil":1},"constructor":{"prototype":{"evil":1}},';
    await saveModel(buildAutoencoder(), folder);
    const path = `${folder}/model.json`;
    const json = await Deno.readTextFile(path);
    await Deno.writeTextFile(
      path,
      json.replaceAll("{", evil).replaceAll(",}", "}"),
    );
    await loadModel(folder).catch(() => {});
    assert.equal(({} as Json).evil, undefined);
  }));

Deno.test("a layer of one's own is asked for by name, and one with a yes or no loads", () =>
  inFolder(async (folder) => {
    class Switch extends tf.layers.Layer {
      static className = "Switch";
      override build() {
        const off = tf.initializers.zeros();
        this.addWeight("on", [3], "bool", off, undefined, false);
      }
      override call(inputs: tf.Tensor | tf.Tensor[]) {
        return [inputs].flat()[0];
      }
    }
    const model = tf.sequential({ layers: [new Switch({ inputShape: [2] })] });
    await assert.rejects(saveModel(model, folder), {
      name: "TypeError",
      message: /its layer "switch.*" could not be .*"Switch" is not registered/,
    });
    assert.deepEqual([...Deno.readDirSync(folder)], []);
    tf.serialization.registerClass(Switch);
    await saveModel(model, folder);
    const { classNameMap } = tf.serialization.SerializationMap.getMap();
    delete classNameMap.Switch; // as in another program
    await assert.rejects(loadModel(folder), {
      name: "RangeError",
      message: /uses "Switch", .*call tf.serialization.registerClass\(Switch\)/,
    });
    tf.serialization.registerClass(Switch);
    const [weight] = (await loadModel(folder)).getWeights();
    assert.equal(weight.dtype, "bool");
  }));
