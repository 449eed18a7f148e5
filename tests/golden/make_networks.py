"""Make networks.npz: plain, normalised, residual and convolutional networks by PyTorch in float64.

Run by hand where PyTorch is installed (``python tests/golden/make_networks.py``); the tests only
read the file. Every array stands under ``case/what``; pictures have their channels last, kernels
are (height, width, channels in, channels out), matrices (fan in, fan out).
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

OUT = Path(__file__).with_name("networks.npz")
Numbers = dict[str, np.ndarray]


def plain(tensor: Tensor) -> np.ndarray:
    """Return numbers with channels, or what corresponds to them, on the last axis."""
    array = tensor.detach().numpy()
    return np.moveaxis(array, 1, -1).copy() if array.ndim == 4 else array.copy()


def tensor(array: np.ndarray) -> Tensor:
    """Return the contrary of :func:`plain`, with a gradient."""
    turned = np.moveaxis(array, -1, 1).copy() if array.ndim == 4 else array
    return torch.tensor(turned, requires_grad=True)


def layer(case: str, module: nn.Module, shape: tuple[int, ...]) -> Numbers:
    """Three training passes of a normalisation, each on its own batch, then one in evaluation."""
    rng = np.random.default_rng(4)
    n_units = shape[-1]
    scale, shift = rng.normal(1, 0.3, n_units), rng.normal(0, 0.5, n_units)
    numbers: Numbers = {f"{case}/scale": scale, f"{case}/shift": shift}
    module = module.double()
    weight, bias = dict(module.named_parameters()).values()
    weight.data, bias.data = torch.tensor(scale), torch.tensor(shift)
    for name in ("training1", "training2", "training3", "evaluation"):
        module.train(name != "evaluation")
        x = rng.normal(0.7, 2.0, shape)
        cotangent = rng.normal(size=shape)
        module.zero_grad()
        node = tensor(x)
        y = module(node)
        (y * tensor(cotangent).detach()).sum().backward()
        numbers |= {
            f"{case}/{name}/x": x,
            f"{case}/{name}/cotangent": cotangent,
            f"{case}/{name}/y": plain(y),
            f"{case}/{name}/dx": plain(node.grad),
            f"{case}/{name}/dscale": plain(weight.grad),
            f"{case}/{name}/dshift": plain(bias.grad),
        }
        for buffer in ("mean", "var"):
            if hasattr(module, f"running_{buffer}"):
                running = getattr(module, f"running_{buffer}")
                numbers[f"{case}/{name}/running_{buffer}"] = plain(running)
    return numbers


class Parameters:
    """Seeded parameters in our own layout, and the tensors that PyTorch is given for them."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.arrays: Numbers = {}
        self.tensors: dict[str, Tensor] = {}

    def weight(self, name: str, *shape: int) -> None:
        """Add weights of a standard deviation that keeps signals alive."""
        self.add(name, self.rng.normal(0, 1 / np.sqrt(np.prod(shape[:-1])), shape))

    def vector(self, name: str, n: int, mean: float = 0.0) -> None:
        """Add biases or scales."""
        self.add(name, self.rng.normal(mean, 0.3, n))

    def add(self, name: str, array: np.ndarray) -> None:
        """Add one array."""
        self.arrays[name] = array
        self.tensors[name] = torch.tensor(array, requires_grad=True)

    def linear(self, x: Tensor, name: str) -> Tensor:
        """Apply PyTorch's linear layer without a bias."""
        return F.linear(x, self.tensors[name].T)

    def convolve(self, x: Tensor, name: str, stride: int = 1) -> Tensor:
        """Apply PyTorch's convolution without a bias, padded by half the kernel."""
        kernel = self.tensors[name].permute(3, 2, 0, 1)
        return F.conv2d(x, kernel, stride=stride, padding=kernel.shape[-1] // 2)


def plain_perceptron() -> tuple[Parameters, Callable[[Tensor, bool], Tensor], Numbers]:
    """5 inputs, a layer of GELU, one of tanh, 3 outputs."""
    p = Parameters(9)
    widths = {"hidden1": (5, 6), "hidden2": (6, 4), "output": (4, 3)}
    for name, shape in widths.items():
        p.weight(f"{name}.weight", *shape)
        p.vector(f"{name}.bias", shape[1])
    t = p.tensors

    def forward(x: Tensor, is_training: bool) -> Tensor:
        x = F.gelu(p.linear(x, "hidden1.weight") + t["hidden1.bias"])
        x = torch.tanh(p.linear(x, "hidden2.weight") + t["hidden2.bias"])
        return p.linear(x, "output.weight") + t["output.bias"]

    return p, forward, {}


def residual_perceptron() -> tuple[Parameters, Callable[[Tensor, bool], Tensor], Numbers]:
    """5 inputs, batch norm and ReLU with a projection, layer norm and tanh without, 3 outputs."""
    p = Parameters(5)
    p.weight("hidden1.weight", 5, 6)
    p.vector("hidden1.scale", 6, 1.0)
    p.vector("hidden1.bias", 6)
    p.weight("hidden1.shortcut_weight", 5, 6)
    p.weight("hidden2.weight", 6, 6)
    p.vector("hidden2.scale", 6, 1.0)
    p.vector("hidden2.bias", 6)
    p.weight("output.weight", 6, 3)
    p.vector("output.bias", 3)
    t = p.tensors
    running = {"hidden1.mean": torch.zeros(6).double(), "hidden1.variance": torch.ones(6).double()}

    def forward(x: Tensor, is_training: bool) -> Tensor:
        mean, variance = running.values()
        y = p.linear(x, "hidden1.weight")
        y = F.batch_norm(y, mean, variance, t["hidden1.scale"], t["hidden1.bias"], is_training)
        x = p.linear(x, "hidden1.shortcut_weight") + F.relu(y)
        y = p.linear(x, "hidden2.weight")
        y = F.layer_norm(y, (6,), t["hidden2.scale"], t["hidden2.bias"])
        x = x + torch.tanh(y)
        return p.linear(x, "output.weight") + t["output.bias"]

    return p, forward, running


def convolutional_network() -> tuple[Parameters, Callable[[Tensor, bool], Tensor], Numbers]:
    """Pictures of 9×7: a batch-normalised block with max pooling, a layer-normalised one with
    stride 2, a plain one with average pooling, a dense layer and 3 outputs.
    """
    p = Parameters(6)
    p.weight("conv1.weight", 3, 3, 1, 4)
    p.vector("conv1.scale", 4, 1.0)
    p.vector("conv1.bias", 4)
    p.weight("conv2.weight", 5, 5, 4, 3)
    p.vector("conv2.scale", 3, 1.0)
    p.vector("conv2.bias", 3)
    p.weight("conv3.weight", 1, 1, 3, 5)
    p.vector("conv3.bias", 5)
    p.weight("dense1.weight", 5, 6)
    p.vector("dense1.bias", 6)
    p.weight("output.weight", 6, 3)
    p.vector("output.bias", 3)
    t = p.tensors
    running = {"conv1.mean": torch.zeros(4).double(), "conv1.variance": torch.ones(4).double()}

    def forward(x: Tensor, is_training: bool) -> Tensor:
        mean, variance = running.values()
        y = p.convolve(x.reshape(-1, 1, 9, 7), "conv1.weight")
        y = F.batch_norm(y, mean, variance, t["conv1.scale"], t["conv1.bias"], is_training)
        y = F.max_pool2d(F.relu(y), 2)
        y = p.convolve(y, "conv2.weight", stride=2)
        y = torch.tanh(F.group_norm(y, 1, t["conv2.scale"], t["conv2.bias"]))
        y = p.convolve(y, "conv3.weight") + t["conv3.bias"][:, None, None]
        y = F.avg_pool2d(torch.sigmoid(y), 2)
        # Ours flattens with the channels last.
        y = y.permute(0, 2, 3, 1).flatten(1)
        y = torch.tanh(p.linear(y, "dense1.weight") + t["dense1.bias"])
        return p.linear(y, "output.weight") + t["output.bias"]

    return p, forward, running


def network(
    case: str,
    made: tuple[Parameters, Callable[[Tensor, bool], Tensor], Numbers],
    n_inputs: int,
) -> Numbers:
    """Cross-entropy, outputs, gradients and Hessian-vector products: twice in training, and in
    evaluation.
    """
    parameters, forward, running = made
    rng, rng_of_directions = np.random.default_rng(7), np.random.default_rng(17)
    tensors = list(parameters.tensors.values())
    numbers = {f"{case}/{name}": array for name, array in parameters.arrays.items()}
    for name in ("training1", "training2", "evaluation"):
        x, classes = rng.normal(size=(8, n_inputs)), rng.integers(0, 3, 8)
        outputs = forward(torch.tensor(x), name != "evaluation")
        loss = F.cross_entropy(outputs, torch.tensor(classes))
        gradients = torch.autograd.grad(loss, tensors, create_graph=True)
        directions = [rng_of_directions.normal(size=node.shape) for node in tensors]
        along = sum((g * torch.tensor(v)).sum() for g, v in zip(gradients, directions, strict=True))
        products = torch.autograd.grad(along, tensors)
        numbers |= {
            f"{case}/{name}/x": x,
            f"{case}/{name}/classes": classes,
            f"{case}/{name}/outputs": outputs.detach().numpy(),
            f"{case}/{name}/loss": loss.detach().numpy(),
        }
        found = {"gradient": gradients, "product": products}
        for what, arrays in found.items():
            for key, array in zip(parameters.tensors, arrays, strict=True):
                numbers[f"{case}/{name}/{what}/{key}"] = array.numpy(force=True).copy()
        for key, direction in zip(parameters.tensors, directions, strict=True):
            numbers[f"{case}/{name}/direction/{key}"] = direction
        for key, value in running.items():
            numbers[f"{case}/{name}/running/{key}"] = value.numpy().copy()
    return numbers


if __name__ == "__main__":
    numbers = (
        layer("batch_norm", nn.BatchNorm1d(5), (6, 5))
        | layer("batch_norm_2d", nn.BatchNorm2d(3), (4, 5, 2, 3))
        | layer("layer_norm", nn.LayerNorm(5), (6, 5))
        | layer("layer_norm_2d", nn.GroupNorm(1, 3), (4, 5, 2, 3))
        | network("plain", plain_perceptron(), 5)
        | network("residual", residual_perceptron(), 5)
        | network("convolutional", convolutional_network(), 63)
    )
    np.savez_compressed(OUT, **numbers)
    print(f"{OUT.name}: {len(numbers)} arrays with PyTorch {torch.__version__}")
