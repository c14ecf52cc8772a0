"""Trains the network of this folder and quantises it: handwritten digits, 64 pixels, 96 and 64 hidden units, 10 classes.

    pip install numpy==2.4.6 scikit-learn==1.9.1 ml_dtypes==0.6.0
    python train.py

The data set comes with scikit-learn (1797 images of 8 x 8 pixels with values of 0 to 16, UCI Optical Recognition of
Handwritten Digits); 360 of them are never trained on, and stand in images.npy and labels.npy. Layers have no biases,
hidden units are rectified. Three kinds of weights, each a file a layer, a row for each output:

    float_N.npy     trained as they are; bfloat16, its bits as uint16
    int4_N.npy      these, rounded to multiples of a step a layer, then trained on with gradients straight through
    codebook_N.npy  these, as indices of 16 values a layer (k-means), values of 8 bits in network.json
    ternary_N.npy   trained as -1, 0, 1: weights beyond 0.9 times their mean magnitude count with their sign (F. Li,
                    B. Zhang, B. Liu, Ternary Weight Networks, 2016), gradients straight through

Quantised networks compute in integers: pixels as they are, sums s, activations min(max(round(s * M / 2^16), 0), 255) with
a factor M a layer, and the sums of the last layer as logits. logits_KIND.npy are those of the test images, by numpy.
Written with numpy alone, so that the same seed gives the same bytes.
"""
import json

import ml_dtypes
import numpy
from sklearn.datasets import load_digits

SIZES = [64, 96, 64, 10]
SHIFT = 16
KINDS = ["int4", "codebook", "ternary"]

rng = numpy.random.default_rng(1)
pixels, labels = load_digits(return_X_y=True)
pixels = pixels.astype(numpy.int64)
order = rng.permutation(len(pixels))
TRAIN, TEST = order[:1437], order[1437:]


def ternary(w):
    """Weights and what 1 stands for."""
    magnitude = numpy.abs(w)
    kept = magnitude > 0.9 * magnitude.mean()
    return numpy.where(kept, numpy.sign(w), 0.0), magnitude[kept].mean()


def four_bits(w):
    """Weights and what 1 stands for: a step of a third of the standard deviation, cut at -8 and 7."""
    step = w.std() / 3
    return numpy.clip(numpy.round(w / step), -8, 7), step


def book(w):
    """Indices, and 16 values of 8 bits: Lloyd's iterations from the quantiles on."""
    flat = w.ravel()
    centres = numpy.quantile(flat, (numpy.arange(16) + 0.5) / 16)
    for _ in range(50):
        nearest = numpy.abs(flat[:, None] - centres).argmin(axis=1)
        centres = numpy.array([flat[nearest == k].mean() if (nearest == k).any() else centres[k] for k in range(16)])
    values = numpy.round(centres / numpy.abs(centres).max() * 127)
    return nearest.reshape(w.shape), values


def scores(weights, x):
    """Sums of all layers, and what goes into each."""
    sums, inputs = [], [x]
    for w in weights:
        sums.append(inputs[-1] @ w.T)
        inputs.append(numpy.maximum(sums[-1], 0.0))
    return sums, inputs


def train(weights, quantise, epochs, rate):
    """Adam on the cross entropy, with noise shifts of a pixel; `quantise` gives the weights that count."""
    mean = [numpy.zeros_like(w) for w in weights]
    square = [numpy.zeros_like(w) for w in weights]
    step, samples = 0, TRAIN.copy()
    for epoch in range(epochs):
        rng.shuffle(samples)
        now = rate * (1 - epoch / epochs)
        for start in range(0, len(samples), 32):
            batch = samples[start:start + 32]
            image = pixels[batch].reshape(-1, 8, 8) / 16.0
            image = numpy.roll(image, rng.integers(-1, 2, 2), axis=(1, 2)) if rng.random() < 0.5 else image
            x, y = image.reshape(-1, 64), labels[batch]
            used = [quantise(w) for w in weights]
            sums, inputs = scores(used, x)
            p = numpy.exp(sums[-1] - sums[-1].max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            p[numpy.arange(len(y)), y] -= 1.0
            back = p / len(y)
            step += 1
            for i in reversed(range(len(weights))):
                slope = back.T @ inputs[i] + 1e-4 * weights[i]
                back = (back @ used[i]) * (sums[i - 1] > 0) if i else back
                mean[i] += 0.1 * (slope - mean[i])
                square[i] += 0.001 * (slope**2 - square[i])
                m, s = mean[i] / (1 - 0.9**step), square[i] / (1 - 0.999**step)
                weights[i] = weights[i] - now * m / (numpy.sqrt(s) + 1e-8)
    return weights


def accuracy(answers):
    return int((answers.argmax(axis=1) == labels[TEST]).sum())


def infer(codes, factors, x):
    """In integers, as the core computes."""
    for i, w in enumerate(codes):
        sums = x @ w.T
        if i + 1 == len(codes):
            return sums
        # Nearest, ties to even: numpy's rounding of numbers that a double holds exactly.
        x = numpy.clip(numpy.round(sums * factors[i] / 2**SHIFT), 0, 255).astype(numpy.int64)


def factors_of(codes):
    """A factor a layer: the largest activation of the training images becomes 255."""
    factors, x = [], pixels[TRAIN]
    for w in codes[:-1]:
        sums = x @ w.T
        factors.append(int(255 * 2**SHIFT // sums.max()))
        x = numpy.clip(numpy.round(sums * factors[-1] / 2**SHIFT), 0, 255).astype(numpy.int64)
    return factors


report = {"sizes": SIZES, "shift": SHIFT, "images": len(TEST), "right": {}, "factors": {}, "values": []}
start = [rng.normal(0, numpy.sqrt(2 / a), (b, a)) for a, b in zip(SIZES, SIZES[1:])]
trained = train([w.copy() for w in start], lambda w: w, 60, 2e-3)
report["right"]["float32"] = accuracy(scores([w.astype(numpy.float32) for w in trained], pixels[TEST] / 16.0)[0][-1])
short = [w.astype(ml_dtypes.bfloat16) for w in trained]
report["right"]["bfloat16"] = accuracy(scores([w.astype(float) for w in short], pixels[TEST] / 16.0)[0][-1])
for i, w in enumerate(short):
    numpy.save(f"float_{i + 1}.npy", w.view(numpy.uint16))

weights = {}
fine = train([w.copy() for w in trained], lambda w: four_bits(w)[0] * four_bits(w)[1], 20, 5e-4)
weights["int4"] = [four_bits(w)[0] for w in fine]
books = [book(w) for w in trained]
report["values"] = [[int(v) for v in values] for _, values in books]
weights["codebook"] = [values[index] for index, values in books]
rough = train([w.copy() for w in trained], lambda w: ternary(w)[0] * ternary(w)[1], 80, 2e-3)
weights["ternary"] = [ternary(w)[0] for w in rough]
for kind in KINDS:
    codes = [w.astype(numpy.int64) for w in weights[kind]]
    report["factors"][kind] = factors_of(codes)
    logits = infer(codes, report["factors"][kind], pixels[TEST])
    report["right"][kind] = accuracy(logits)
    numpy.save(f"logits_{kind}.npy", logits.astype(numpy.int32))
    for i, w in enumerate(codes):
        stored = books[i][0].astype(numpy.uint8) if kind == "codebook" else w.astype(numpy.int8)
        numpy.save(f"{kind}_{i + 1}.npy", stored)
numpy.save("images.npy", pixels[TEST].astype(numpy.uint8))
numpy.save("labels.npy", labels[TEST].astype(numpy.uint8))
with open("network.json", "w", encoding="utf-8") as file:
    json.dump(report, file, indent=2)
    file.write("\n")
for kind, right in report["right"].items():
    print(f"{kind:9} {right} of {len(TEST)} right")
for kind in KINDS:
    zeros = [f"{100 * (w == 0).mean():.0f} %" for w in weights[kind]]
    print(f"{kind:9} zeros {', '.join(zeros)}; factors {report['factors'][kind]}")
