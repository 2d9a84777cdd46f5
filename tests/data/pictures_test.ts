import * as tf from "@tensorflow/tfjs";
import { encode } from "fast-png";
import jpeg from "jpeg-js";
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { useBackend } from "../../lib/backend/mod.ts";
import { gaussianBlur, medianFilter } from "../../lib/scores/baselines.ts";
import { digitGrid } from "../../lib/drawing/digit_grid.ts";
import { mean, psnr, ssim } from "../../lib/scores/metrics.ts";
import { addNoise } from "../../lib/data/noise.ts";
import { checkPair } from "../../lib/training/data_checks.ts";
import { loadPictures } from "../../lib/data/pictures.ts";
import { Random } from "../../lib/data/random.ts";
import { predict } from "../../lib/training/predict.ts";
import { fit } from "../../lib/training/fit.ts";
import { inFolder } from "../in_folder.ts";

/** A PNG of soft colours; of `shade` all its numbers are more by so much. */
function png(
  { height, width, channels }: {
    height: number;
    width: number;
    channels: number;
  },
  shade = 0,
): Uint8Array {
  const data = Uint8Array.from(
    { length: height * width * channels },
    (_, i) => (i * 5 % 160 + shade) % 256,
  );
  return encode({ height, width, channels, data });
}

const COLOUR = { height: 32, width: 48, channels: 3 };

Deno.test("a folder is loaded by name, 2 before 10, PNG and JPEG alike", async () => {
  await inFolder(async (folder) => {
    const names = ["10.png", "2.PNG", "a.jpeg", "notes.txt", ".hidden.png"];
    for (const [shade, name] of names.entries()) {
      await Deno.writeFile(join(folder, name), png(COLOUR, shade));
    }
    const data = new Uint8Array(32 * 48 * 4).fill(200);
    const { data: white } = jpeg.encode({ height: 32, width: 48, data }, 95);
    await Deno.writeFile(join(folder, "a.jpeg"), white);
    const { images, files, ...size } = await loadPictures(folder);
    assert.deepEqual(size, COLOUR);
    const sorted = ["2.PNG", "10.png", "a.jpeg"];
    assert.deepEqual(files, sorted.map((name) => join(folder, name)));
    assert.equal(images.length, 3 * 32 * 48 * 3);
    const [second, tenth, last] = [0, 1, 2].map((i) => images[i * 32 * 48 * 3]);
    assert.equal(255 * second, Math.fround(1 / 255) * 255);
    assert.equal(tenth, 0);
    assert.ok(Math.abs(255 * last - 200) < 2);

    // Numbers written otherwise have an order too, wherever the disk has them.
    await Deno.writeFile(join(folder, "02.png"), png(COLOUR, 9));
    await Deno.writeFile(join(folder, "002.png"), png(COLOUR, 9));
    const twos = (await loadPictures(folder)).files.slice(0, 3);
    assert.deepEqual(
      twos,
      ["002.png", "02.png", "2.PNG"].map((name) => join(folder, name)),
    );

    // A list keeps its order; an address is a path as well.
    const reversed = files.toReversed().map((path) => pathToFileURL(path));
    const list = await loadPictures(reversed);
    assert.deepEqual(list.files, files.toReversed());
    assert.equal(list.images[0], last);
    assert.equal((await loadPictures(files[0])).images[0], second);
  });
});

Deno.test("colours become grey, grey becomes colours, see-through white", async () => {
  await inFolder(async (folder) => {
    const load = async (
      channels: number,
      data: Uint8Array | Uint16Array,
      as: 1 | 3,
    ) => {
      const path = join(folder, "picture.png");
      const depth = data instanceof Uint16Array ? 16 : 8;
      const options = { height: 1, width: 2, channels, data, depth } as const;
      await Deno.writeFile(path, encode(options));
      const { images } = await loadPictures(path, { channels: as });
      return [...images];
    };
    const near = (actual: number[], expected: number[]) =>
      assert.deepEqual(actual, expected.map(Math.fround));
    const six = Uint8Array.of(255, 0, 0, 0, 255, 255);
    near(await load(3, six, 1), [0.299, 0.701]);
    near(await load(1, Uint8Array.of(255, 51), 3), [1, 1, 1, 0.2, 0.2, 0.2]);
    near(await load(1, Uint16Array.of(65_535, 256), 1), [1, 256 / 65_535]);
    const seen = Uint8Array.of(0, 255, 0, 51); // of grey and its opacity
    near(await load(2, seen, 1), [0, 0.8]);
    near(await load(2, seen, 3), [0, 0, 0, 0.8, 0.8, 0.8]);
    const clear = Uint8Array.of(255, 0, 0, 0, 0, 0, 255, 255);
    near(await load(4, clear, 3), [1, 1, 1, 0, 0, 1]);
  });
});

Deno.test("what cannot be loaded says which file, and why", async () => {
  await inFolder(async (folder) => {
    const refuses = (from: unknown, options: object, message: RegExp) =>
      assert.rejects(loadPictures(from as string, options), message);
    await Deno.mkdir(join(folder, "cats"));
    await refuses(folder, {}, /no PNG or JPEG file is in it; .* "cats"/);
    await refuses(join(folder, "dogs"), {}, Deno.errors.NotFound as never);
    const [a, b] = ["a.png", "b.png"].map((name) => join(folder, name));
    await Deno.writeFile(a, png(COLOUR));
    await Deno.writeFile(b, png({ ...COLOUR, height: 31 }));
    await refuses(folder, {}, /b.png": it is 31 x 48 .* "a.png" 32 x 48/);
    await refuses(a, { height: 28 }, /32 x 48 .* size that was said 28 x 48/);
    await Deno.writeTextFile(b, "GIF89a");
    await refuses(folder, {}, /b.png": it is a GIF/);
    await Deno.rename(b, join(folder, "b.gif"));
    await refuses(folder, {}, /b.gif": it is a GIF/);
    await refuses([], {}, /the list is empty/);
    await refuses([a, 3], {}, /Cannot load "3": give a folder/);
    await refuses(undefined, {}, /Cannot load "undefined": give a folder/);
    await refuses(a, { channels: 4 }, /"4" channels: 1 is grey/);
    await refuses(a, { width: 0.5 }, /"0.5" as width/);
    await refuses(a, { grey: true }, /has no such option/);
  });
});

for (
  const size of [COLOUR, { height: 25, width: 25, channels: 1 }]
) {
  Deno.test(`pictures of ${size.height} x ${size.width} x ${size.channels} go all the way`, async () => {
    await useBackend();
    await inFolder(async (folder) => {
      for (let i = 0; i < 8; i++) {
        await Deno.writeFile(join(folder, `${i}.png`), png(size, 9 * i));
      }
      const { images: clean, files: _, ...loaded } = await loadPictures(
        folder,
        { channels: size.channels },
      );
      assert.deepEqual(loaded, size);
      const noisy = addNoise(clean, { random: new Random(1) });
      const before = mean(psnr(clean, noisy, loaded));
      checkPair(noisy, clean, { clean, psnr: before, ...loaded });

      const shape = [size.height, size.width, size.channels];
      const layer = { kernelSize: 3, padding: "same" } as const;
      const model = tf.sequential({
        layers: [
          tf.layers.conv2d({
            ...layer,
            filters: 8,
            activation: "relu",
            inputShape: shape,
          }),
          tf.layers.conv2d({
            ...layer,
            filters: size.channels,
            activation: "sigmoid",
          }),
        ],
      });
      model.compile({
        optimizer: tf.train.adam(0.01),
        loss: "binaryCrossentropy",
      });
      await fit(model, noisy, clean, { epochs: 1, batchSize: 4 });
      const denoised = await predict(model, noisy);
      assert.equal(denoised.length, clean.length);

      const median = medianFilter(noisy, loaded);
      const blurred = gaussianBlur(noisy, loaded);
      assert.ok(mean(psnr(clean, blurred, loaded)) > before);
      for (const images of [median, blurred, denoised]) {
        assert.equal(ssim(clean, images, loaded).length, 8);
      }
      const { text } = digitGrid(
        [
          { label: "clean", images: clean },
          { label: "noisy", images: noisy },
          { label: "denoised", images: denoised },
        ],
        { caption: "Own pictures.", alt: "Three rows.", ...loaded },
      );
      assert.match(text, /Own pictures/);

      // Without its size told, no picture is taken for digits.
      for (const images of [noisy, median, blurred, denoised]) {
        assert.equal(psnr(clean, images).length, 8);
      }
      assert.deepEqual(medianFilter(noisy), median);
    });
  });
}
