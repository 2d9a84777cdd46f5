"""The bench's networks in PyTorch, as networks.ts and unseen_networks.ts have them in TensorFlow.js."""

CODE_UNITS = 16


def build(nn, network):
    """Makes a network by its name. Modules are registered in the order in which tfjs lists their weights."""
    import torch

    class Lambda(nn.Module):
        def __init__(self, function):
            super().__init__()
            self.function = function

        def forward(self, x):
            return self.function(x)

    def flatten():  # with channels last, as tfjs does
        return Lambda(lambda x: x.movedim(1, -1).flatten(1))

    def mean_of_places():
        return Lambda(lambda x: x.flatten(2).mean(2))

    def square(cin, cout):
        return [nn.Conv2d(cin, cout, 3, padding=1), nn.ReLU()]

    def halving(cin, cout):
        return [nn.Conv2d(cin, cout, 4, stride=2, padding=1), nn.ReLU()]

    def doubling(cin, cout):
        return nn.ConvTranspose2d(cin, cout, 4, stride=2, padding=1)

    def convolution(cin, cout, size, stride=1, groups=1):
        """Without a bias, and padded as TensorFlow pads "same"; then batch normalisation."""
        pad = max(0, size - stride)
        before = pad // 2
        sides = (before, pad - before) * 2
        return nn.Sequential(
            nn.ZeroPad2d(sides) if stride > 1 and pad else nn.Identity(),
            nn.Conv2d(cin, cout, size, stride, 0 if stride > 1 else before, groups=groups, bias=False),
        )

    def normalized(channels):
        return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)

    class Block(nn.Module):
        """Two convolutions beside a shortcut."""

        def __init__(self, cin, cout, stride):
            super().__init__()
            self.first = nn.Sequential(convolution(cin, cout, 3, stride), normalized(cout), nn.ReLU())
            self.second = convolution(cout, cout, 3)
            self.shortcut = nn.Identity() if stride == 1 else convolution(cin, cout, 1, stride)
            self.norm = normalized(cout)

        def forward(self, x):
            return (self.shortcut(x) + self.norm(self.second(self.first(x)))).relu()

    def depthwise_block(cin, cout, stride):
        return [
            *[convolution(cin, cin, 3, stride, groups=cin), normalized(cin), nn.ReLU()],
            *[convolution(cin, cout, 1), normalized(cout), nn.ReLU()],
        ]

    def separable(cin, cout):
        return [nn.Conv2d(cin, cin, 3, padding=1, groups=cin, bias=False), nn.Conv2d(cin, cout, 1), nn.ReLU()]

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.fine, self.middle = nn.Sequential(*square(1, 16)), nn.Sequential(nn.MaxPool2d(2), *square(16, 32))
            self.coarse = nn.Sequential(nn.MaxPool2d(2), *square(32, 64), nn.ConvTranspose2d(64, 32, 2, 2), nn.ReLU())
            self.up = nn.Sequential(*square(64, 32), nn.ConvTranspose2d(32, 16, 2, 2), nn.ReLU())
            self.last = nn.Conv2d(32, 1, 3, padding=1)

        def forward(self, x):
            fine = self.fine(x)
            middle = self.middle(fine)
            up = self.up(torch.cat([middle, self.coarse(middle)], 1))
            return self.last(torch.cat([fine, up], 1))

    def stack(channels=32, code=None):
        """The tutorial's network with other channels, or with few at the narrow place."""
        narrow = [nn.Conv2d(channels, code, 3, padding=1), *square(code, channels)] if code else square(channels, channels)
        return [
            *square(1, channels), nn.MaxPool2d(2), *square(channels, channels), nn.MaxPool2d(2), *narrow,
            nn.Upsample(scale_factor=2), *square(channels, channels), nn.Upsample(scale_factor=2),
            nn.Conv2d(channels, 1, 3, padding=1),
        ]

    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.correction = nn.Sequential(*stack())

        def forward(self, x):
            return x + self.correction(x)

    class CourseUNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.whole, self.halved = nn.Sequential(*square(1, 32)), nn.Sequential(nn.MaxPool2d(2), *square(32, 32))
            self.code = nn.Sequential(nn.MaxPool2d(2), *square(32, 32), nn.Upsample(scale_factor=2))
            self.back = nn.Sequential(*square(64, 32), nn.Upsample(scale_factor=2))
            self.last = nn.Conv2d(64, 1, 3, padding=1)

        def forward(self, x):
            whole = self.whole(x)
            half = self.halved(whole)
            back = self.back(torch.cat([self.code(half), half], 1))
            return self.last(torch.cat([back, whole], 1))

    class Recurrent(nn.Module):
        def __init__(self, kind):
            super().__init__()
            self.cells, self.last = kind(64, 128, batch_first=True), nn.Linear(128, 10)
            # tfjs has one bias, and PyTorch the sum of two.
            nn.init.zeros_(self.cells.bias_hh_l0)
            self.cells.bias_hh_l0.requires_grad = False

        def forward(self, x):
            return self.last(self.cells(x)[0][:, -1])

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.query, self.key, self.value = (nn.Linear(64, 64) for _ in range(3))
            self.norm, self.last = nn.LayerNorm(64, eps=1e-3), nn.Linear(64, 10)

        def forward(self, x):
            weights = (self.query(x) @ self.key(x).transpose(1, 2)).softmax(-1)
            return self.last(self.norm(x + weights @ self.value(x)).mean(1))

    def leaky():
        return nn.LeakyReLU(0.2)

    def five(cin, cout):
        """5 x 5 with stride 2, padded as TensorFlow pads "same"."""
        return [nn.ZeroPad2d((1, 2, 1, 2)), nn.Conv2d(cin, cout, 5, 2), leaky()]

    class Beside(nn.Module):
        """The input plus what layers make of it."""

        def __init__(self, *inner):
            super().__init__()
            self.inner = nn.Sequential(*inner)

        def forward(self, x):
            return x + self.inner(x)

    class Concat(nn.Module):
        """What each branch makes of the input, channel beside channel."""

        def __init__(self, *branches):
            super().__init__()
            self.branches = nn.ModuleList(branches)

        def forward(self, x):
            return torch.cat([branch(x) for branch in self.branches], 1)

    class Bidirectional(nn.Module):
        def __init__(self, cin, units, last):
            super().__init__()
            self.cells = nn.LSTM(cin, units, batch_first=True, bidirectional=True)
            self.last, self.units = last, units
            for name in ("bias_hh_l0", "bias_hh_l0_reverse"):
                nn.init.zeros_(getattr(self.cells, name))
                getattr(self.cells, name).requires_grad = False

        def forward(self, x):
            y = self.cells(x)[0]
            return torch.cat([y[:, -1, : self.units], y[:, 0, self.units :]], 1) if self.last else y

    def dilated(cin, rate):
        return [nn.ConstantPad1d((rate, 0), 0.0), nn.Conv1d(cin, 32, 2, dilation=rate), nn.Tanh()]

    def up(cin, cout, stride, bias=False):
        """5 x 5, with the edges cut off that TensorFlow cuts off for "same"."""
        cut = slice(1, -2) if stride == 2 else slice(2, -2)
        return [nn.ConvTranspose2d(cin, cout, 5, stride, bias=bias), Lambda(lambda x: x[:, :, cut, cut])]

    def row(cin, cout, size=1):
        return nn.Sequential(nn.Conv2d(cin, cout, size, padding=size // 2), nn.ReLU())

    def fire(cin, few, many):
        return [row(cin, few), Concat(row(few, many), row(few, many, 3))]

    def turned():
        return Lambda(lambda x: x.transpose(1, 2))

    def window(size):
        return nn.Sequential(nn.Conv1d(64, 64, size), nn.ReLU(), Lambda(lambda x: x.amax(2)))

    def grow(cin):
        return Concat(nn.Identity(), nn.Sequential(normalized(cin), nn.ReLU(), convolution(cin, 12, 3)))

    def mix():
        return [
            Beside(nn.LayerNorm(64, eps=1e-3), turned(), nn.Linear(49, 49), nn.ReLU(), turned()),
            Beside(nn.LayerNorm(64, eps=1e-3), nn.Linear(64, 64), nn.ReLU()),
        ]

    unseen = {
        "lenet": lambda: [
            nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
            flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
        ],
        "vgg": lambda: [
            *square(3, 64), *square(64, 64), nn.MaxPool2d(2), *square(64, 128), *square(128, 128), nn.MaxPool2d(2),
            flatten(), nn.Linear(64 * 128, 256), nn.ReLU(), nn.Linear(256, 10),
        ],
        "discriminator": lambda: [
            *five(1, 64), *five(64, 128), flatten(), nn.Linear(49 * 128, 10),
        ],
        "generator": lambda: [
            nn.Linear(100, 49 * 128, bias=False), nn.BatchNorm1d(49 * 128, eps=1e-3, momentum=0.01), leaky(),
            Lambda(lambda x: x.view(-1, 7, 7, 128).permute(0, 3, 1, 2)),
            *up(128, 64, 1), normalized(64), leaky(), *up(64, 32, 2), normalized(32), leaky(), *up(32, 1, 2, True),
        ],
        "wavenet": lambda: [
            *dilated(1, 1), *[Beside(*dilated(32, rate)) for rate in (1, 2, 4, 8, 16, 32)],
            mean_of_places(), nn.Linear(32, 10),
        ],
        "text_cnn": lambda: [
            nn.Embedding(5000, 64), turned(), Concat(window(3), window(4), window(5)), nn.Linear(192, 10),
        ],
        "bidirectional": lambda: [Bidirectional(64, 64, False), Bidirectional(128, 64, True), nn.Linear(128, 10)],
        "tabular": lambda: [
            nn.Linear(20, 64), nn.ELU(), nn.Linear(64, 64), nn.ELU(), nn.Linear(64, 64), nn.ELU(), nn.Linear(64, 10),
        ],
        "densenet": lambda: [
            convolution(3, 24, 3), grow(24), grow(36), grow(48), grow(60),
            normalized(72), nn.ReLU(), nn.AvgPool2d(2), mean_of_places(), nn.Linear(72, 10),
        ],
        "mixer": lambda: [*mix(), *mix(), Lambda(lambda x: x.mean(1)), nn.Linear(64, 10)],
        "squeezenet": lambda: [
            row(3, 64, 3), nn.MaxPool2d(2), *fire(64, 16, 64), *fire(128, 16, 64), nn.MaxPool2d(2),
            *fire(128, 32, 128), mean_of_places(), nn.Linear(256, 10),
        ],
        "super_resolution": lambda: [
            nn.Conv2d(1, 64, 5, padding=2), nn.ReLU(), *square(64, 32), nn.Upsample(scale_factor=2),
            nn.Conv2d(32, 1, 3, padding=1),
        ],
    }
    networks = {
        "autoencoder": lambda: stack(),
        "course_unet": lambda: [CourseUNet()],
        "course_residual": lambda: [Residual()],
        "course_wider": lambda: stack(64),
        "course_bottleneck": lambda: stack(code=8),
        "course_classifier": lambda: [*halving(1, 16), *halving(16, 32), flatten(), nn.Linear(49 * 32, 10)],
        "strided": lambda: [
            *halving(1, 32), *halving(32, 64), flatten(), nn.Linear(49 * 64, 128), nn.ReLU(), nn.Linear(128, 10),
        ],
        "wide": lambda: [
            *square(1, 64), *square(64, 64), nn.MaxPool2d(2), *square(64, 128), *square(128, 128), nn.MaxPool2d(2),
            flatten(), nn.Linear(49 * 128, 10),
        ],
        "variational": lambda: [
            nn.Sequential(*halving(1, 32), *halving(32, 64), flatten(), nn.Linear(49 * 64, 2 * CODE_UNITS)),
            nn.Sequential(
                nn.Linear(CODE_UNITS, 49 * 64), nn.ReLU(), Lambda(lambda x: x.view(-1, 7, 7, 64).permute(0, 3, 1, 2)),
                doubling(64, 32), nn.ReLU(), doubling(32, 1),
            ),
        ],
        "dense": lambda: [
            flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10),
        ],
        "mnist_cnn": lambda: [
            nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
            flatten(), nn.Linear(144 * 64, 128), nn.ReLU(), nn.Linear(128, 10),
        ],
        "conv1d": lambda: [
            nn.Conv1d(1, 32, 9, padding=4), nn.ReLU(), nn.MaxPool1d(4), nn.Conv1d(32, 64, 9, padding=4), nn.ReLU(),
            mean_of_places(), nn.Linear(64, 10),
        ],
        "conv3d": lambda: [
            nn.Conv3d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool3d(2), nn.Conv3d(8, 16, 3, padding=1), nn.ReLU(),
            flatten(), nn.Linear(512 * 16, 10),
        ],
        "unet": lambda: [UNet()],
        "resnet": lambda: [
            convolution(3, 16, 3), normalized(16), nn.ReLU(), Block(16, 16, 1), Block(16, 32, 2), Block(32, 64, 2),
            mean_of_places(), nn.Linear(64, 10),
        ],
        "mobilenet": lambda: [
            convolution(3, 32, 3), normalized(32), nn.ReLU(),
            *depthwise_block(32, 64, 1), *depthwise_block(64, 128, 2), *depthwise_block(128, 128, 1),
            mean_of_places(), nn.Linear(128, 10),
        ],
        "separable": lambda: [*separable(3, 32), *separable(32, 64), mean_of_places(), nn.Linear(64, 10)],
        "lstm": lambda: [Recurrent(nn.LSTM)],
        "gru": lambda: [Recurrent(nn.GRU)],
        "embedding": lambda: [nn.Embedding(5000, 64), Lambda(lambda x: x.mean(1)), nn.Linear(64, 10)],
        "attention": lambda: [Attention()],
        **unseen,
    }
    return nn.Sequential(*networks[network]())


def set_weights(torch, model, flat):
    """Gives a network weights in the order and the layouts of tfjs."""
    start = 0
    for module in model.modules():
        for parameter in module.parameters(recurse=False):
            if not parameter.requires_grad:
                continue
            # tfjs has [places …, in, out] and [in, out]; a transposed convolution [places …, out, in].
            dims = parameter.dim()
            axes = (dims - 1, dims - 2, *range(dims - 2))
            if getattr(module, "groups", 1) > 1:  # depthwise: [h, w, in, 1]
                axes = (2, 3, 0, 1)
            if dims == 1 or isinstance(module, torch.nn.Embedding):
                axes = tuple(range(dims))
            shape = [parameter.shape[axes.index(axis)] for axis in range(dims)]
            values = flat[start : start + parameter.numel()].reshape(shape).transpose(axes)
            parameter.data.copy_(torch.from_numpy(values.copy()))
            start += parameter.numel()
    assert start == len(flat), f"{len(flat)} weights, {start} of them used"
