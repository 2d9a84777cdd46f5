"""The networks that tools/keras_fixture.py computes with Keras."""


def layer(class_name, **config):
    return {"class_name": class_name, "config": config}


def conv(filters, kernel_size=(3, 3), **config):
    config = {"padding": "same", "activation": "relu", **config}
    return layer("Conv2D", filters=filters, kernel_size=kernel_size, **config)


def pool(class_name, size, strides):
    return layer(class_name, pool_size=size, strides=strides, padding="same")


HALVE = pool("MaxPooling2D", (2, 2), (2, 2))
DOUBLE = layer("UpSampling2D", size=(2, 2))


def dense(units, activation="linear"):
    return layer("Dense", units=units, activation=activation)


def recurrent(class_name, units, **config):
    """A recurrent layer with what tfjs can do: the gates of a GRU are reset
    before the product. Its defaults differ from those of Keras."""
    config = {"units": units, "return_sequences": True, **config}
    if class_name != "SimpleRNN":
        config = {"recurrent_activation": "sigmoid", **config}
    if class_name == "GRU":
        config["reset_after"] = False
    return layer(class_name, **config)


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
    "batch_normalization": ((5, 4, 3, 2), [
        conv(3, use_bias=False),
        layer("BatchNormalization", momentum=0.8, epsilon=0.01),
        dense(3, "tanh"),
        layer("BatchNormalization", axis=1, momentum=0.7, scale=False),
        dense(2),
    ]),
    "layer_normalization": ((4, 3, 5, 6), [
        layer("LayerNormalization"),
        dense(7, "tanh"),
        layer("LayerNormalization", axis=(2, 3), epsilon=0.01),
        dense(2),
    ]),
    "convolution_1d": ((4, 13, 3), [
        layer("Conv1D", filters=5, kernel_size=4, strides=2, padding="same",
              activation="relu"),
        layer("Conv1D", filters=4, kernel_size=3, strides=1, padding="valid"),
    ]),
    "strided_convolution_3d": ((3, 5, 6, 7, 2), [
        layer("Conv3D", filters=3, kernel_size=(2, 3, 2), strides=(1, 2, 2),
              padding="same", activation="relu"),
        layer("Conv3D", filters=2, kernel_size=(3, 1, 2), strides=(2, 1, 1),
              padding="valid"),
    ]),
    "transposed_convolution_3d": ((2, 2, 3, 2, 3), [
        layer("Conv3DTranspose", filters=2, kernel_size=(2, 3, 2),
              strides=(1, 2, 2), padding="same", activation="relu"),
        layer("Conv3DTranspose", filters=2, kernel_size=(2, 1, 3),
              strides=(2, 1, 1), padding="valid"),
    ]),
    "depth_multipliers": ((3, 7, 6, 3), [
        layer("SeparableConv2D", filters=4, kernel_size=(3, 2),
              depth_multiplier=2, padding="valid", activation="relu"),
        layer("DepthwiseConv2D", kernel_size=(2, 3), strides=(2, 2),
              depth_multiplier=3, padding="same", use_bias=False),
    ]),
    "simple_rnn": ((4, 7, 3), [
        recurrent("SimpleRNN", 5),
        recurrent("SimpleRNN", 4, go_backwards=True, activation="relu"),
        recurrent("SimpleRNN", 3, return_sequences=False, use_bias=False),
    ]),
    "lstm": ((4, 7, 3), [
        recurrent("LSTM", 5),
        recurrent("LSTM", 4, go_backwards=True, unit_forget_bias=False),
        recurrent("LSTM", 3, return_sequences=False, activation="relu"),
    ]),
    "gru": ((4, 7, 3), [
        recurrent("GRU", 5),
        recurrent("GRU", 4, go_backwards=True),
        recurrent("GRU", 3, return_sequences=False, activation="relu"),
    ]),
    "masked_lstm": ((5, 6, 3), [
        layer("Masking", mask_value=0.0),
        recurrent("LSTM", 4), recurrent("LSTM", 3, return_sequences=False),
    ]),
    "masked_simple_rnn": ((5, 6, 3), [
        layer("Masking", mask_value=0.0),
        recurrent("SimpleRNN", 4, go_backwards=True), dense(3),
    ]),
    "masked_words": ((5, 6), [
        layer("Embedding", input_dim=9, output_dim=4, mask_zero=True),
        recurrent("GRU", 5), recurrent("GRU", 3, return_sequences=False),
        dense(4, "softmax"),
    ]),
    "words": ((5, 6), [
        layer("Embedding", input_dim=7, output_dim=3),
        layer("Flatten"), dense(4, "softmax"),
    ]),
    "bidirectional": ((4, 5, 3), [
        layer("Bidirectional", layer=recurrent("LSTM", 3),
              merge_mode="concat"),
        layer("Bidirectional", layer=recurrent("GRU", 4), merge_mode="sum"),
        layer("Bidirectional", merge_mode="ave",
              layer=recurrent("SimpleRNN", 3, return_sequences=False)),
    ]),
    "masked_bidirectional": ((5, 6, 3), [
        layer("Masking", mask_value=0.0),
        layer("Bidirectional", merge_mode="mul",
              layer=recurrent("GRU", 3, return_sequences=False)),
    ]),
    "convolutional_lstm": ((2, 4, 5, 4, 2), [
        layer("ConvLSTM2D", filters=3, kernel_size=(3, 2), padding="same",
              recurrent_activation="sigmoid", return_sequences=True),
        layer("ConvLSTM2D", filters=2, kernel_size=(2, 2), padding="valid",
              recurrent_activation="sigmoid"),
    ]),
    "time_distributed": ((3, 4, 5, 4, 2), [
        layer("TimeDistributed", layer=conv(3)),
        layer("TimeDistributed", layer=layer("Flatten")),
        layer("TimeDistributed", layer=dense(3)),
    ]),
    "exponential_activations": ((6, 5), [
        dense(7, "elu"), dense(6, "selu"), dense(7, "softplus"),
        dense(5, "softsign"), dense(6, "tanh"), dense(4, "sigmoid"),
        dense(3),
    ]),
    "gated_activations": ((6, 5), [
        dense(7, "swish"), dense(6, "mish"), dense(7, "gelu"),
        dense(6, "relu6"), dense(5, "linear"), dense(4, "softmax"),
    ]),
    "activation_layers": ((4, 3, 5, 2), [
        conv(4, activation="linear"), layer("PReLU", shared_axes=(1, 2)),
        dense(5), layer("LeakyReLU", alpha=0.2),
        dense(4), layer("ELU"),
        dense(3), layer("PReLU"),
        dense(5), layer("ReLU", max_value=0.6),
        dense(4), layer("Activation", activation="softplus"),
        dense(3), layer("Softmax", axis=-1),
    ]),
    "pooling_1d": ((4, 11, 2), [
        layer("Conv1D", filters=4, kernel_size=3, padding="same"),
        pool("MaxPooling1D", 3, 2), dense(3),
        layer("AveragePooling1D", pool_size=3, strides=2, padding="same"),
        dense(3), layer("GlobalAveragePooling1D"), dense(2),
    ]),
    "global_max_pooling_1d": ((4, 7, 3), [
        dense(5), layer("GlobalMaxPooling1D"), dense(3),
    ]),
    "global_average_pooling": ((4, 5, 3, 2), [
        conv(5), layer("GlobalAveragePooling2D"), dense(3),
    ]),
    "global_max_pooling": ((4, 5, 3, 2), [
        conv(5), layer("GlobalMaxPooling2D"), dense(3),
    ]),
    "moves": ((3, 4, 5, 2), [
        conv(3), layer("ZeroPadding2D", padding=((1, 2), (0, 1))),
        conv(3, padding="valid"),
        layer("Cropping2D", cropping=((1, 0), (0, 1))),
        layer("Permute", dims=(3, 1, 2)), dense(4),
        layer("Reshape", target_shape=(4, 12)), dense(2),
        layer("Flatten"), dense(3), layer("RepeatVector", n=4), dense(2),
    ]),
}

LATER = {  # drawn after all others, whose numbers stay as they were
    "dilated_sequences": ((4, 17, 3), [
        layer("Conv1D", filters=5, kernel_size=3, dilation_rate=2,
              padding="causal", activation="relu"),
        layer("Conv1D", filters=4, kernel_size=2, dilation_rate=4,
              padding="causal"),
        layer("Conv1D", filters=3, kernel_size=3, dilation_rate=3,
              padding="valid"),
    ]),
    "causal_convolution": ((4, 12, 3), [
        layer("Conv1D", filters=4, kernel_size=3, padding="causal",
              activation="relu"),
        layer("Conv1D", filters=3, kernel_size=4, strides=2,
              padding="causal"),
    ]),
    "dilated_convolution_3d": ((2, 6, 5, 7, 2), [
        layer("Conv3D", filters=3, kernel_size=(2, 3, 2),
              dilation_rate=(3, 1, 2), padding="same", activation="relu"),
        layer("Conv3D", filters=2, kernel_size=(2, 2, 3),
              dilation_rate=(2, 3, 1), padding="valid"),
    ]),
    "dilated_separable_convolution": ((4, 9, 8, 3), [
        layer("DepthwiseConv2D", kernel_size=(3, 2), dilation_rate=(2, 2),
              depth_multiplier=2, padding="valid", activation="relu"),
        layer("SeparableConv2D", filters=5, kernel_size=(3, 3),
              dilation_rate=(2, 2), padding="same"),
        layer("DepthwiseConv2D", kernel_size=(2, 2), dilation_rate=(3, 3),
              padding="same"),
    ]),
    "dilated_convolutional_lstm": ((2, 3, 7, 6, 2), [
        layer("ConvLSTM2D", filters=3, kernel_size=(3, 2), padding="valid",
              recurrent_activation="sigmoid", dilation_rate=(2, 3)),
    ]),
    "batch_normalization_3d": ((3, 3, 4, 3, 2), [
        layer("Conv3D", filters=3, kernel_size=(2, 2, 2), use_bias=False),
        layer("BatchNormalization", momentum=0.8, epsilon=0.01),
        dense(3, "tanh"),
        layer("BatchNormalization", axis=2, momentum=0.7, scale=False),
        dense(2),
    ]),
    "dilated_transposed_convolution": ((3, 5, 6, 2), [
        layer("Conv2DTranspose", filters=4, kernel_size=(3, 3),
              dilation_rate=(2, 2), padding="valid", activation="tanh"),
        layer("Conv2DTranspose", filters=3, kernel_size=(3, 2),
              dilation_rate=(3, 2), padding="same"),
    ]),
}
