"""A plain transcription of TensorFlow Playground's training loop (nn.ts, playground.ts).

One sample at a time, in Python floats, with its accumulated gradients: slow, and independent of
everything in the package. Weights are ``weights[layer][output][input]``.
"""

import math


class Network:
    def __init__(self, weights, biases, learning_rate, batch_size):
        self.weights = [[list(row) for row in layer] for layer in weights]
        self.biases = [list(layer) for layer in biases]
        self.learning_rate, self.batch_size = learning_rate, batch_size
        self._clear()

    def _clear(self):
        self.weight_sums = [[[0.0] * len(row) for row in layer] for layer in self.weights]
        self.bias_sums = [[0.0] * len(layer) for layer in self.biases]
        self.count = 0

    def forward(self, x):
        outputs = [list(x)]
        for layer, biases in zip(self.weights, self.biases, strict=True):
            before = outputs[-1]
            outputs.append(
                [
                    math.tanh(b + sum(w * i for w, i in zip(row, before, strict=True)))
                    for row, b in zip(layer, biases, strict=True)
                ]
            )
        return outputs

    def backward(self, outputs, target):
        deltas = [(outputs[-1][0] - target) * (1 - outputs[-1][0] ** 2)]
        for layer in reversed(range(len(self.weights))):
            for j, delta in enumerate(deltas):
                self.bias_sums[layer][j] += delta
                for i, value in enumerate(outputs[layer]):
                    self.weight_sums[layer][j][i] += delta * value
            if layer:
                deltas = [
                    sum(d * self.weights[layer][j][i] for j, d in enumerate(deltas)) * (1 - y * y)
                    for i, y in enumerate(outputs[layer])
                ]
        self.count += 1

    def update(self):
        rate = self.learning_rate / self.count
        for layer, rows in enumerate(self.weights):
            for j, row in enumerate(rows):
                self.biases[layer][j] -= rate * self.bias_sums[layer][j]
                for i in range(len(row)):
                    row[i] -= rate * self.weight_sums[layer][j][i]
        self._clear()

    def one_epoch(self, inputs, targets):
        for i, (x, target) in enumerate(zip(inputs, targets, strict=True)):
            self.backward(self.forward(x), target)
            if (i + 1) % self.batch_size == 0:
                self.update()

    def loss(self, inputs, targets):
        errors = [
            0.5 * (self.forward(x)[-1][0] - t) ** 2 for x, t in zip(inputs, targets, strict=True)
        ]
        return sum(errors) / len(errors)
