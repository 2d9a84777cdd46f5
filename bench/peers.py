"""A peer of the bench: the same networks in Keras or PyTorch, asked by lines of JSON.

peers.py keras|torch|torch_default|torch_compile FOLDER THREADS

A request is a line {"do": "load", "network": …, "input": shape, "target": shape, "words": …}, {"do": "step", "count": …},
{"do": "predict", "count": …} or {"do": "memory"}; the answer is a line too. FOLDER holds batches and first weights as float32:
NETWORK.x, NETWORK.y, NETWORK.weights, and images.
"""

import json
import os
import sys
import time

import numpy as np
from peer_networks import build, set_weights

PEER, FOLDER, THREADS = sys.argv[1], sys.argv[2], int(sys.argv[3])
os.environ.update({"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"})


def read(name, *shape):
    return np.fromfile(f"{FOLDER}/{name}", dtype="float32").reshape(*shape)


def images(name):
    return read(name, -1, 28, 28, 1)


class Keras:
    """The autoencoder, by model.train_on_batch and model.predict."""

    def __init__(self):
        import keras
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(THREADS)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        self.keras = keras

    def load(self, network, **_):
        layers = self.keras.layers
        same = {"padding": "same"}

        def convolution(filters, activation):
            return layers.Conv2D(filters, 3, activation=activation, **same)

        self.model = self.keras.Sequential(
            [
                self.keras.Input((28, 28, 1)),
                convolution(32, "relu"),
                layers.MaxPooling2D(2, **same),
                convolution(32, "relu"),
                layers.MaxPooling2D(2, **same),
                convolution(32, "relu"),
                layers.UpSampling2D(2),
                convolution(32, "relu"),
                layers.UpSampling2D(2),
                convolution(1, "sigmoid"),
            ]
        )
        flat, start, weights = read(f"{network}.weights", -1), 0, []
        for weight in self.model.get_weights():
            weights.append(flat[start : start + weight.size].reshape(weight.shape))
            start += weight.size
        self.model.set_weights(weights)
        optimizer = self.keras.optimizers.Adadelta(1.0, rho=0.95, epsilon=1e-7)
        self.model.compile(optimizer=optimizer, loss="binary_crossentropy")
        self.x, self.y, self.inputs = images(f"{network}.x"), images(f"{network}.y"), images("images")

    def step(self):
        return float(self.model.train_on_batch(self.x, self.y))

    def predict(self):
        self.model.predict(self.inputs, batch_size=500, verbose=0)

    def train(self, epochs):
        many = np.concatenate([images("images")] * 6)
        history = self.model.fit(many, many, batch_size=128, epochs=epochs, verbose=0)
        return history.history["loss"]


class Torch:
    """All networks; images in the order n h w c in memory unless told otherwise."""

    def __init__(self, last=True, compiled=False):
        import torch

        torch.set_num_threads(THREADS)
        self.torch, self.last, self.compiled = torch, last, compiled

    def ordered(self, thing):
        """A tensor or a network with its channels last in memory, if this peer has them there."""
        is_module = isinstance(thing, self.torch.nn.Module)
        sizes = [tensor.dim() for tensor in thing.parameters()] if is_module else [thing.dim()]
        order = self.torch.channels_last_3d if 5 in sizes else self.torch.channels_last
        return thing.to(memory_format=order) if self.last and max(sizes) > 3 else thing

    def placed(self, values):
        """A batch with its channels where PyTorch has them: behind the images."""
        places = range(1, values.dim() - 1)
        return self.ordered(values.permute(0, values.dim() - 1, *places).contiguous())

    def load(self, network, input, target, words=None):
        functional = self.torch.nn.functional
        self.model = self.ordered(build(self.torch.nn, network))
        if network != "gru":  # tfjs has the first version of it, PyTorch the second
            set_weights(self.torch, self.model, read(f"{network}.weights", -1))
        x, y = (self.torch.from_numpy(read(f"{network}.{name}", -1, *shape)) for name, shape in (("x", input), ("y", target)))
        is_picture = len(input) > 2 or network in ("conv1d", "wavenet")
        self.x = x.long() if words else self.placed(x) if is_picture else x
        self.inputs = self.placed(self.torch.from_numpy(images("images"))) if network == "autoencoder" else self.x
        run = self.torch.compile(self.model) if self.compiled else self.model
        self.answers = lambda x: run(x).sigmoid() if len(target) > 1 else run(x).softmax(-1)
        if network == "autoencoder":
            self.optimizer = self.torch.optim.Adadelta(self.model.parameters(), lr=1.0, rho=0.95, eps=1e-7)
        else:
            self.optimizer = self.torch.optim.Adam(self.model.parameters(), lr=0.001, eps=1e-7)
        if network == "variational":
            encoder, decoder = self.model

            def loss():
                mean, log_variance = encoder(self.x).chunk(2, 1)
                logits = decoder(mean + (0.5 * log_variance).exp() * y)
                error = functional.binary_cross_entropy_with_logits(logits, self.x, reduction="sum")
                return (error - 0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum()) / len(y)

            self.loss = loss
            self.answers = lambda x: decoder(encoder(x).chunk(2, 1)[0]).sigmoid()
        elif len(target) > 1:
            y = self.placed(y)
            self.loss = lambda: functional.binary_cross_entropy_with_logits(run(self.x), y)
        else:
            self.loss = lambda: functional.cross_entropy(run(self.x), y)

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss()
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def predict(self):
        self.model.eval()
        with self.torch.inference_mode():
            for first in range(0, len(self.inputs), 500):
                self.answers(self.inputs[first : first + 500]).numpy()
        self.model.train()


def timed(work):
    start = time.perf_counter()
    result = work()
    return 1000 * (time.perf_counter() - start), result


def answer(peer, request):
    do = request["do"]
    if do == "load":
        peer.load(**{name: value for name, value in request.items() if name != "do"})
        return {}
    if do == "step":
        pairs = [timed(peer.step) for _ in range(request["count"])]
        return {"ms": [ms for ms, _ in pairs], "loss": [loss for _, loss in pairs]}
    if do == "predict":
        return {"ms": [timed(peer.predict)[0] for _ in range(request["count"])]}
    if do == "train":
        return {"loss": peer.train(request["epochs"])}
    with open("/proc/self/status", encoding="ascii") as status:
        peak = next(line for line in status if line.startswith("VmHWM"))
    return {"megabytes": int(peak.split()[1]) / 1024}


def main():
    peer = {
        "keras": Keras,
        "torch": Torch,
        "torch_default": lambda: Torch(last=False),
        "torch_compile": lambda: Torch(last=False, compiled=True),
    }[PEER]()
    for line in sys.stdin:
        print(json.dumps(answer(peer, json.loads(line))), flush=True)


main()
