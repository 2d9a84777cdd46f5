import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { loadModel, saveModel } from "../../lib/training/saved_model.ts";
import { fit, type FitOptions } from "../../lib/training/fit.ts";
import { inFolder } from "../in_folder.ts";
import { clean, noisy, SIZE, weightsOf } from "./small_model.ts";
import {
  build,
  inCheckpoint,
  losses,
  type Optimizer,
  optimizers,
  SETTINGS,
  statesIn,
  stopAfter,
} from "./small_training.ts";
import { stopped } from "../stopped.ts";

await useBackend();

for (const optimizer of Object.keys(optimizers) as Optimizer[]) {
  const isOurs = ["Adadelta", "Adam"].includes(optimizer);
  for (const batches of isOurs ? [1, 5, 7, 13, 19] : [1, 7]) {
    Deno.test(`${optimizer}, stopped after batch ${batches}: the rest gives the same bits`, () =>
      inCheckpoint(async (checkpoint) => {
        const whole = build(optimizer);
        const history = await fit(whole, noisy, clean, SETTINGS);
        const before = tf.memory().numTensors;
        const stopped = build(optimizer);
        await stopAfter(batches, stopped, { checkpoint });
        stopped.optimizer.dispose();
        stopped.dispose();
        const model = build(optimizer);
        const heard: number[] = [];
        const resumed = await fit(model, noisy, clean, {
          ...SETTINGS,
          checkpoint,
          onEpoch: ({ epoch }) => void heard.push(epoch),
        });
        assert.deepEqual(weightsOf(model), weightsOf(whole));
        assert.deepEqual(losses(resumed), losses(history));
        assert.deepEqual(heard, [1, 2, 3, 4]);
        assert.deepEqual(statesIn(checkpoint), []);
        model.optimizer.dispose();
        model.dispose();
        // tfjs's Momentum never frees its factor.
        if (isOurs) assert.equal(tf.memory().numTensors, before);
      }));
  }
}

/** A network whose numbers go through some layers that draw random ones. */
function drawing(
  optimizer: Optimizer,
  ...layers: tf.layers.Layer[]
): tf.Sequential {
  const kernelInitializer = tf.initializers.glorotUniform({ seed: 1 });
  const model = tf.sequential({
    layers: [
      tf.layers.inputLayer({ inputShape: [SIZE] }),
      ...layers,
      tf.layers.dense({ units: SIZE, kernelInitializer }),
    ],
  });
  const loss = "meanSquaredError";
  model.compile({ optimizer: optimizers[optimizer](), loss });
  return model;
}

for (const optimizer of Object.keys(optimizers) as Optimizer[]) {
  Deno.test(`${optimizer}: dropout with a seed draws on where it was`, () =>
    inCheckpoint(async (checkpoint) => {
      const dropping = () =>
        drawing(optimizer, tf.layers.dropout({ rate: 0.5, seed: 1 }));
      const whole = dropping(), again = dropping(), resumed = dropping();
      await fit(whole, noisy, clean, SETTINGS);
      await fit(again, noisy, clean, SETTINGS);
      assert.deepEqual(weightsOf(again), weightsOf(whole));
      await stopAfter(7, dropping(), { checkpoint });
      await fit(resumed, noisy, clean, { ...SETTINGS, checkpoint });
      assert.deepEqual(weightsOf(resumed), weightsOf(whole));
    }));
}

Deno.test("layers that draw without a seed are named where a training is saved", () =>
  inCheckpoint(async (checkpoint) => {
    const { dropout, gaussianNoise, gaussianDropout, alphaDropout } = tf.layers;
    const inner = drawing("SGD", alphaDropout({ rate: 0.5, name: "alpha" }));
    const model = drawing(
      "SGD",
      dropout({ rate: 0.5, name: "loose" }),
      dropout({ rate: 0.5, name: "seeded", seed: 0 }),
      dropout({ rate: 0, name: "none" }),
      gaussianNoise({ stddev: 1, name: "noise" }),
      gaussianDropout({ rate: 0.5, name: "gaussian" }),
      inner,
    );
    const { warn } = console;
    const said: string[] = [];
    console.warn = (line: string) => void said.push(line);
    try {
      await fit(model, noisy, clean, { epochs: 1 });
      assert.deepEqual(said, []);
      await stopAfter(1, model, {
        checkpoint,
        callbacks: { onBatchBegin: () => assert.equal(said.length, 1) },
      });
    } finally {
      console.warn = warn;
    }
    assert.match(said[0], /: "loose", "noise", "gaussian", and "alpha" draw /);
  }));

Deno.test("going on in the same model keeps no more tensors", async () => {
  for (const optimizer of Object.keys(optimizers) as Optimizer[]) {
    await inCheckpoint(async (checkpoint) => {
      const model = build(optimizer);
      await stopAfter(1, model, { checkpoint });
      const { numTensors } = tf.memory();
      for (let i = 0; i < 3; i++) await stopAfter(1, model, { checkpoint });
      assert.equal(tf.memory().numTensors, numTensors, optimizer);
    });
  }
});

Deno.test("the seconds of an epoch are those before a stop, too", () =>
  inCheckpoint(async (checkpoint) => {
    const options = { ...SETTINGS, epochs: 1, checkpoint };
    const stop = new AbortController();
    await stopped(fit(build(), () => noisy, clean, {
      ...options,
      signal: stop.signal,
      onBatch: async () => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        stop.abort();
      },
    }));
    const [{ seconds }] = await fit(build(), () => noisy, clean, options);
    assert.ok(seconds >= 0.3, `${seconds}`);
  }));

Deno.test("a long epoch is saved on the way, after a minute", () =>
  inCheckpoint(async (checkpoint) => {
    const { now } = performance;
    const states: number[] = [];
    try {
      await fit(build(), noisy, clean, {
        ...{ batchSize: 8, checkpoint },
        onBatch({ batch }) {
          states.push(statesIn(checkpoint).length);
          if (batch === 2) performance.now = () => now.call(performance) + 6e4;
        },
      });
    } finally {
      performance.now = now;
    }
    assert.deepEqual(states, [0, 0, 1, 1, 1]);
  }));

Deno.test("a torn and an altered state are named, and the one before is taken", async () => {
  const whole = build();
  await fit(whole, noisy, clean, SETTINGS);
  const damage: ((bytes: Uint8Array) => Uint8Array)[] = [
    (bytes) => bytes.subarray(0, 0),
    (bytes) => bytes.subarray(0, 30),
    (bytes) => bytes.subarray(0, bytes.length - 1),
    (bytes) => bytes.with(bytes.length - 7, bytes[bytes.length - 7] ^ 1),
    (bytes) => bytes.with(3, 65),
    (bytes) => bytes.with(100, bytes[100] ^ 4),
  ];
  const { warn } = console;
  for (const change of damage) {
    await inCheckpoint(async (checkpoint) => {
      await stopAfter(13, build(), { checkpoint });
      const states = statesIn(checkpoint);
      assert.equal(states.length, 2);
      const newest = `${checkpoint}/${states[1]}`;
      await Deno.writeFile(newest, change(await Deno.readFile(newest)));
      const said: string[] = [];
      console.warn = (text) => said.push(text);
      const model = build();
      await fit(model, noisy, clean, { ...SETTINGS, checkpoint });
      console.warn = warn;
      assert.equal(said.length, 1);
      assert.ok(said[0].includes(newest), said[0]);
      assert.deepEqual(weightsOf(model), weightsOf(whole));
    });
  }
});

Deno.test("epochs told again are said to be past, and save nothing", () =>
  inFolder(async (folder) => {
    const [checkpoint, best] = [`${folder}/training`, `${folder}/best`];
    const told: [number, boolean][] = [];
    const keeping = (model: tf.LayersModel): FitOptions => ({
      checkpoint,
      onEpoch: async ({ epoch }, { isPast }) => {
        told.push([epoch, isPast]);
        if (epoch === 1) await saveModel(model, best);
      },
    });
    const first = build();
    await stopAfter(7, first, keeping(first)); // in the second epoch
    const saved = weightsOf(await loadModel(best));
    const warn = console.warn;
    const warnings: string[] = [];
    console.warn = (line: string) => void warnings.push(line);
    try {
      const second = build();
      const options = { ...SETTINGS, epochs: 2, ...keeping(second) };
      await fit(second, noisy, clean, options);
      await saveModel(second, `${folder}/last`); // one that is not recalled is saved
    } finally {
      console.warn = warn;
    }
    assert.deepEqual(told, [[1, false], [1, true], [2, false]]);
    assert.deepEqual(weightsOf(await loadModel(best)), saved);
    assert.match(
      warnings.join(),
      /best" stays as it is: this epoch is only repeated/,
    );
    await loadModel(`${folder}/last`);
  }));

Deno.test("a signal at an epoch's end keeps its row, and asks for no more noise", () =>
  inCheckpoint(async (checkpoint) => {
    const whole = build();
    const history = await fit(whole, noisy, clean, SETTINGS);
    const { validationData: _, ...unvalidated } = SETTINGS;
    const rows = async (options: FitOptions, batches: number) => {
      const stop = new AbortController();
      const asked: number[] = [];
      let done = 0, rows = 0;
      await stopped(fit(
        build(),
        (epoch) => (asked.push(epoch), noisy),
        clean,
        {
          ...options,
          signal: stop.signal,
          onBatch: () => void (++done === batches && stop.abort()),
          onEpoch: () => void rows++,
        },
      ));
      return [rows, asked];
    };
    // Of five batches an epoch, the last of the second.
    assert.deepEqual(await rows(unvalidated, 10), [2, [1, 2]]);
    const stop = new AbortController();
    const model = build();
    const onEpoch = ({ epoch }: { epoch: number }) =>
      void (epoch === 2 && stop.abort());
    const options = { ...SETTINGS, checkpoint };
    const { signal } = stop;
    await stopped(fit(model, noisy, clean, {
      ...{ ...options, signal, onEpoch },
    }));
    const resumed = await fit(build(), noisy, clean, options);
    assert.deepEqual(losses(resumed), losses(history));
    // With an epoch's validation left undone it has no row.
    assert.deepEqual(await rows(SETTINGS, 10), [1, [1, 2]]);
  }));

Deno.test("a callback that stops while past epochs are repeated loses nothing", () =>
  inCheckpoint(async (checkpoint) => {
    const whole = build();
    await fit(whole, noisy, clean, SETTINGS);
    await stopAfter(13, build(), { checkpoint }); // in the third epoch
    const model = build();
    const onEpoch = ({ epoch }: { epoch: number }) =>
      void (model.stopTraining ||= epoch === 2);
    const part = await fit(model, noisy, clean, {
      ...{ ...SETTINGS, checkpoint, onEpoch },
    });
    assert.equal(part.length, 2);
    assert.ok(statesIn(checkpoint).length > 0);
    const last = build();
    await fit(last, noisy, clean, { ...SETTINGS, checkpoint });
    assert.deepEqual(weightsOf(last), weightsOf(whole));
  }));

Deno.test("only a training's own files are removed from its folder", () =>
  inCheckpoint(async (checkpoint) => {
    await Deno.mkdir(checkpoint);
    const others = ["thesis.docx.part", "training-notes.bin", "weights-a.bin"];
    for (const name of others) {
      await Deno.writeTextFile(`${checkpoint}/${name}`, "");
    }
    const left = `${checkpoint}/training-00000001-00000008.bin.part`;
    await Deno.writeTextFile(left, "half");
    const model = build();
    await fit(model, noisy, clean, { ...SETTINGS, checkpoint });
    await saveModel(model, checkpoint);
    const names = [...Deno.readDirSync(checkpoint)].map(({ name }) => name);
    for (const name of others) assert.ok(names.includes(name), name);
    await assert.rejects(Deno.stat(left));
  }));

Deno.test("a loss that breaks after going on is shown beside the loss before", () =>
  inCheckpoint(async (checkpoint) => {
    const build = () => {
      const model = tf.sequential({
        layers: [tf.layers.dense({ units: SIZE, inputShape: [SIZE] })],
      });
      model.compile({
        optimizer: tf.train.sgd(1e19),
        loss: "meanSquaredError",
      });
      return model;
    };
    await stopAfter(1, build(), { checkpoint });
    await assert.rejects(
      fit(build(), noisy, clean, { ...SETTINGS, checkpoint }),
      /after a mean loss of |the mean loss before was /,
    );
  }));

Deno.test("two trainings at once in one folder: the second is refused", () =>
  inCheckpoint(async (checkpoint) => {
    const first = build();
    await fit(first, noisy, clean, {
      ...SETTINGS,
      checkpoint,
      onEpoch: async () => {
        await assert.rejects(
          fit(build(), noisy, clean, { ...SETTINGS, checkpoint }),
          Deno.errors.Busy,
        );
      },
    });
    const whole = build();
    await fit(whole, noisy, clean, SETTINGS);
    assert.deepEqual(weightsOf(first), weightsOf(whole));
  }));

Deno.test("a state that cannot be written is an error, and the one before stays", () =>
  inCheckpoint(async (checkpoint) => {
    await stopAfter(6, build(), { checkpoint }); // one in the second epoch
    const before = statesIn(checkpoint);
    // The next state's place aside is taken by a full folder.
    const next = before[1].replace(/\d+-\d+/, "00000002-00000024");
    await Deno.mkdir(`${checkpoint}/${next}.part/full`, { recursive: true });
    await assert.rejects(stopAfter(2, build(), { checkpoint }));
    assert.deepEqual(statesIn(checkpoint), before);
  }));

Deno.test("a loss that is no number ends the training and says why", async () => {
  const model = build();
  model.compile({ optimizer: tf.train.sgd(1e39), loss: "meanSquaredError" });
  await assert.rejects(
    fit(model, noisy, clean, SETTINGS),
    /the loss of epoch 1, batch 2 is "NaN"; the weights of layer "dense.*" are not finite, after a mean loss of 0\.\d+: the steps were too long; .*lower learning rate/,
  );
});

Deno.test("values that cannot be right are refused before the first step", async () => {
  const model = build();
  const bytes = clean.map((value) => Math.round(255 * value));
  await assert.rejects(
    fit(model, noisy, bytes),
    /as bytes are; divide them by 255/,
  );
  await assert.rejects(
    fit(model, bytes, clean),
    /as bytes are; divide them by 255/,
  );
  const broken = noisy.with(17, NaN);
  await assert.rejects(fit(model, broken, clean), /number 17.*no finite/);
});

Deno.test("a training saved is not cut to fewer epochs than it has made", () =>
  inFolder(async (folder) => {
    const model = build();
    const stop = new AbortController();
    const options = { batchSize: 10, checkpoint: folder };
    await stopped(fit(model, noisy, clean, {
      ...options,
      epochs: 5,
      signal: stop.signal,
      onBatch: ({ epoch, batch }) => {
        if (epoch === 3 && batch === 2) stop.abort();
      },
    }));
    const fresh = build();
    const before = fresh.getWeights()[0].dataSync();
    await assert.rejects(
      fit(fresh, noisy, clean, { ...options, epochs: 2 }),
      /Cannot train 2 epochs: the training saved is in epoch 3 already; ask for 3/,
    );
    assert.deepEqual(fresh.getWeights()[0].dataSync(), before);
    const all = { ...options, epochs: 3 };
    assert.equal((await fit(model, noisy, clean, all)).length, 3);
  }));
