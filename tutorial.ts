/**
 * The tutorial's whole program in TypeScript. Above each part stand its lines in
 * Keras, so that you can read the two side by side. The tutorial:
 * https://reshetech.co.il/machine-learning-tutorials/autoencoders-and-image-denoising-with-keras
 *
 *     npx -y deno@2.9.6 run -A tutorial.ts [EPOCHS]
 *
 * It trains for ten epochs, or as many as you say, prints the losses as Keras does,
 * and writes tutorial.png: ten test digits, the same with noise, and what the
 * network makes of them.
 */

// import numpy as np
// import matplotlib.pyplot as plt
import * as tf from "@tensorflow/tfjs";
import { encode } from "fast-png";
import { useBackend } from "./lib/backend/mod.ts";
import { loadMnist } from "./lib/mod.ts";

const epochs = Number(Deno.args[0] ?? 10);
if (!Number.isInteger(epochs) || epochs < 1) {
  console.error(
    `Cannot train for "${Deno.args[0]}" epochs: give a whole number from 1 up`,
  );
  Deno.exit(2);
}
await useBackend(); // without it a step of the training takes a minute

// from keras.datasets import mnist
// (x_train, y_train), (x_test, y_test) = mnist.load_data()
const { train, test } = await loadMnist();

// x_train = x_train.reshape(x_train.shape[0], 28, 28, 1).astype('float32')
// x_test = x_test.reshape(x_test.shape[0], 28, 28, 1).astype('float32')
// (The tutorial forgets to divide by 255. loadMnist has done it.)
const xTrain = tf.tensor4d(train.images, [train.count, 28, 28, 1]);
const xTest = tf.tensor4d(test.images, [test.count, 28, 28, 1]);

// noise_factor = 0.5
// x_train_noisy = x_train + noise_factor * np.random.normal(loc=0.0, scale=1.0, size=x_train.shape)
// x_test_noisy = x_test + noise_factor * np.random.normal(loc=0.0, scale=1.0, size=x_test.shape)
// x_train_noisy = np.clip(x_train_noisy, 0., 1.)
// x_test_noisy = np.clip(x_test_noisy, 0., 1.)
const noiseFactor = 0.5;
const withNoise = (x: tf.Tensor4D) =>
  tf.tidy(() => {
    const normal = tf.randomNormal<tf.Rank.R4>(x.shape, 0, 1);
    return x.add(normal.mul(noiseFactor)).clipByValue(0, 1) as tf.Tensor4D;
  });
const xTrainNoisy = withNoise(xTrain), xTestNoisy = withNoise(xTest);

// from keras.layers import Conv2D
// from keras.layers import MaxPooling2D
// from keras.layers import UpSampling2D
const { conv2d, maxPooling2d, upSampling2d } = tf.layers;
const relu = { activation: "relu", padding: "same", kernelSize: 3 } as const;

// model = Sequential()
const model = tf.sequential();
// # encoder
// model.add(Conv2D(32, (3, 3), activation='relu', padding='same'))
model.add(conv2d({ ...relu, filters: 32, inputShape: [28, 28, 1] }));
// model.add(MaxPooling2D((2, 2), padding='same'))
model.add(maxPooling2d({ poolSize: 2, padding: "same" }));
// model.add(Conv2D(32, (3, 3), activation='relu', padding='same'))
model.add(conv2d({ ...relu, filters: 32 }));
// model.add(MaxPooling2D((2, 2), padding='same'))
model.add(maxPooling2d({ poolSize: 2, padding: "same" }));
// # decoder
// model.add(Conv2D(32, (3, 3), activation='relu', padding='same'))
model.add(conv2d({ ...relu, filters: 32 }));
// model.add(UpSampling2D((2, 2)))
model.add(upSampling2d({ size: [2, 2] }));
// model.add(Conv2D(32, (3, 3), activation='relu', padding='same'))
model.add(conv2d({ ...relu, filters: 32 }));
// model.add(UpSampling2D((2, 2)))
model.add(upSampling2d({ size: [2, 2] }));
// model.add(Conv2D(1, (3, 3), activation='sigmoid', padding='same'))
model.add(conv2d({ ...relu, filters: 1, activation: "sigmoid" }));
model.summary();

// model.compile(optimizer='adadelta', loss='binary_crossentropy')
// (The word means a learning rate of 1, as in Keras when the tutorial was written.)
model.compile({ optimizer: "adadelta", loss: "binaryCrossentropy" });

// model.fit(x_train_noisy, x_train,
//           epochs=10,
//           batch_size=128,
//           shuffle=True,
//           validation_data=(x_test_noisy, x_test))
await model.fit(xTrainNoisy, xTrain, {
  epochs,
  batchSize: 128,
  shuffle: true,
  validationData: [xTestNoisy, xTest],
  callbacks: {
    onEpochBegin: (epoch) => console.log(`Epoch ${epoch + 1}/${epochs}`),
    onEpochEnd: (_, logs) =>
      console.log(
        `loss: ${logs!.loss.toFixed(4)} - val_loss: ${
          logs!.val_loss.toFixed(4)
        }`,
      ),
  },
});

// x_pred = model.predict(x_test_noisy)
const xPred = model.predict(xTestNoisy) as tf.Tensor4D;

// rows = 3
// fig, ax = plt.subplots(rows,cols)
// for c in range(cols):
//   ax[0][c].imshow(x_test[c].reshape(28,28))
//   ax[1][c].imshow(x_test_noisy[c].reshape(28,28))
//   ax[2][c].imshow(x_pred[c].reshape(28,28))
const rows = 3, cols = 10;
const digits = [xTest, xTestNoisy, xPred].map((x) => x.slice(0, cols));
const grid = tf.concat(digits).reshape([rows, cols, 28, 28])
  .transpose([0, 2, 1, 3]); // [rows, 28, cols, 28]
const data = Uint8Array.from(await grid.mul(255).round().data());
const [width, height] = [cols * 28, rows * 28];
const png = encode({ width, height, data, channels: 1, depth: 8 });
await Deno.writeFile("tutorial.png", png);
console.log("tutorial.png: clean, noisy, denoised");
Deno.exit(); // ends the threads of the backend
