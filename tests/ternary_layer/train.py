"""Trains the ternary layer of `layer.npy`: the first of two in a classifier of handwritten digits.

    pip install numpy==2.4.6 scikit-learn
    python train.py

The data set comes with scikit-learn (1797 images of 8 x 8 pixels, UCI Optical Recognition of Handwritten Digits). 64
pixels, 64 hidden units, 10 classes; weights of the first layer are -1, 0 or 1: real weights are kept, those beyond a
threshold of 0.7 times their mean magnitude count with their sign (F. Li, B. Zhang, B. Liu, Ternary Weight Networks,
2016), and gradients go straight through. Written with numpy alone, so that the same seed gives the same bytes.
"""
import numpy
from sklearn.datasets import load_digits

rng = numpy.random.default_rng(1)
pixels, labels = load_digits(return_X_y=True)
pixels = pixels / 16.0
order = rng.permutation(len(pixels))
train, test = order[:1437], order[1437:]
hidden = 64
first = rng.normal(0, 0.1, (hidden, 64))
second = rng.normal(0, 0.1, (10, hidden))


def ternary(w):
    magnitude = numpy.abs(w)
    return numpy.where(magnitude > 0.7 * magnitude.mean(), numpy.sign(w), 0.0)


def forward(x):
    total = x @ ternary(first).T * 0.25
    active = numpy.maximum(total, 0.0)
    return total, active, active @ second.T


rate = 0.05
for epoch in range(120):
    rng.shuffle(train)
    for start in range(0, len(train), 32):
        batch = train[start:start + 32]
        x, y = pixels[batch], labels[batch]
        total, active, scores = forward(x)
        scores -= scores.max(axis=1, keepdims=True)
        p = numpy.exp(scores)
        p /= p.sum(axis=1, keepdims=True)
        p[numpy.arange(len(y)), y] -= 1.0
        p /= len(y)
        back = (p @ second) * (total > 0)
        second -= rate * (p.T @ active)
        first -= rate * 0.25 * (back.T @ x)
        first = numpy.clip(first, -1.0, 1.0)

accuracy = (forward(pixels[test])[2].argmax(axis=1) == labels[test]).mean()
weights = ternary(first).astype(numpy.int8)
numpy.save("layer.npy", weights)
print(f"test accuracy {accuracy:.3f}, {numpy.count_nonzero(weights)} of {weights.size} weights are not 0")
