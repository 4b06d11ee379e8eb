"""Prints what LossTests.swift expects, computed by PyTorch and Keras in double precision."""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import torch
import torch.nn.functional as F

logits = torch.tensor([[1.0, -2, 0.5], [0, 3, -1], [20, -30, 60], [0.1, 0.2, 0.3]], dtype=torch.float64)
labels = torch.tensor([0, 1, 0, 2])
weights = torch.tensor([0.5, 2, 1.5], dtype=torch.float64)
targets = torch.tensor([[1.0, 0, 0.5], [0, 1, 0], [1, 1, 0], [0.25, 0, 1]], dtype=torch.float64)


def show(name, function, x):
    x = x.clone().requires_grad_()
    loss = function(x)
    loss.sum().backward()
    for label, tensor in (("", loss), (" gradient", x.grad)):
        print(f"{name}{label}: [" + ", ".join(f"{value:.8g}" for value in tensor.flatten().tolist()) + "]")


show("crossEntropy", lambda x: F.cross_entropy(x, labels), logits)
show("crossEntropy none", lambda x: F.cross_entropy(x, labels, reduction="none"), logits)
show("crossEntropy weights", lambda x: F.cross_entropy(x, labels, weights), logits)
show("crossEntropy smoothing", lambda x: F.cross_entropy(x, labels, label_smoothing=0.1), logits)
show("crossEntropy both", lambda x: F.cross_entropy(x, labels, weights, label_smoothing=0.2), logits)
show("crossEntropy both sum", lambda x: F.cross_entropy(x, labels, weights, label_smoothing=0.2, reduction="sum"), logits)
show("nll", lambda x: F.nll_loss(x, labels, weights), -logits.abs())
probabilities = torch.tensor([[0.7, 0.2, 0.1], [0.5, 0, 1], [2, 1, 1], [0.1, 0.2, 0.7]], dtype=torch.float64)
show("sparse", lambda x: keras.ops.sparse_categorical_crossentropy(labels, x), probabilities)
show("binary", lambda x: F.binary_cross_entropy_with_logits(x, targets), logits)
show("binary weights", lambda x: F.binary_cross_entropy_with_logits(x, targets, pos_weight=weights, reduction="sum"), logits)
show("binary weights, by targets", lambda t: F.binary_cross_entropy_with_logits(logits, t, pos_weight=weights), targets)
show("mse", lambda x: F.mse_loss(x, targets), logits)
show("l1", lambda x: F.l1_loss(x, targets), logits)
show("huber", lambda x: F.huber_loss(x, targets, delta=1.5), logits)
show("smoothL1", lambda x: F.smooth_l1_loss(x, targets, beta=0.5), logits)
