"""The network of the Fashion-MNIST exercise in Keras's functional API."""

import keras
from keras import layers


def residual_block(x, filters, shortcut=True):
    y = layers.Conv2D(filters, 3, padding="same", kernel_initializer="he_normal")(x)
    y = layers.BatchNormalization()(y)
    y = layers.ReLU()(y)
    y = layers.Conv2D(filters, 3, padding="same", kernel_initializer="he_normal")(y)
    y = layers.BatchNormalization()(y)
    if shortcut:
        y = layers.Add()([x, y])
    return layers.ReLU()(y)


def residual_network(shortcut=True):
    """The residual network, or, without shortcuts, the plain one of the same depth."""
    images = keras.Input((28, 28, 1))
    x = layers.Conv2D(64, 3, padding="same", activation="relu", kernel_initializer="he_normal")(images)
    x = layers.MaxPooling2D()(x)
    x = residual_block(x, 64, shortcut)
    x = residual_block(x, 64, shortcut)
    x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    x = layers.Dense(256, activation="relu", kernel_initializer="he_normal")(x)
    classes = layers.Dense(10, activation="softmax", kernel_initializer="he_normal")(x)
    return keras.Model(images, classes)
