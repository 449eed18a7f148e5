"""Make sequences.npz: recurrent networks and transformers by PyTorch in float64.

Run by hand where PyTorch is installed (``python tests/golden/make_sequences.py``); the tests only
read the file. PyTorch's own layers are run on weights that are held in our shapes and turned into
PyTorch's, so that its gradients come back in our shapes, too. Every case is a scalar, the outputs
times fixed random numbers; stored under ``case/``: ``parameter/…``, ``outputs``, ``gradient/…``,
and the Hessian's product with ``direction/…`` as ``product/…``.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

OUT = Path(__file__).with_name("sequences.npz")
Numbers = dict[str, np.ndarray]
Tensors = dict[str, torch.Tensor]

N_SYMBOLS, N_OUT, N_CLASSES = 9, 8, 3
EMBEDDING, UNITS = 3, 4  # of the recurrent networks
WIDTH, HEADS, FEED_FORWARD = 6, 2, 5  # of the transformers

SOURCE = torch.tensor([[3, 4, 5, 8, 6, 7], [5, 5, 3, 0, 0, 0], [7, 0, 0, 0, 0, 0]])
TARGET = torch.tensor([[4, 6, 3, 7, 2], [5, 3, 2, 0, 0], [2, 0, 0, 0, 0]])
WRITTEN = torch.cat([torch.ones(3, 1, dtype=torch.long), TARGET[:, :-1]], dim=1)

CELLS = {"elman": (nn.RNN, 1), "gru": (nn.GRU, 3), "lstm": (nn.LSTM, 4)}


def draw(shapes: dict[str, tuple[int, ...]], seed: int) -> Tensors:
    rng = np.random.default_rng(seed)
    tensors = {}
    for name, shape in shapes.items():
        array = rng.normal(0, 0.6, shape) + (1.0 if name.endswith("scale") else 0.0)
        tensors[name] = torch.tensor(array, requires_grad=True)
    return tensors


def case(name: str, parameters: Tensors, forward: Callable[[], torch.Tensor], seed: int) -> Numbers:
    rng = np.random.default_rng(1000 + seed)
    outputs = forward()
    weights = rng.normal(size=tuple(outputs.shape))
    leaves = list(parameters.values())
    # One term is not linear in the outputs, so that the last layer has a Hessian, too.
    scalar = (torch.tensor(weights) * outputs).sum() + 0.5 * outputs.square().sum()
    gradients = torch.autograd.grad(scalar, leaves, create_graph=True)
    directions = [torch.tensor(rng.normal(size=tuple(p.shape))) for p in leaves]
    along = sum((g * d).sum() for g, d in zip(gradients, directions, strict=True))
    products = torch.autograd.grad(along, leaves)
    numbers: Numbers = {f"{name}/outputs": outputs.detach().numpy(), f"{name}/weights": weights}
    for what, arrays in (
        ("parameter", leaves),
        ("gradient", gradients),
        ("direction", directions),
        ("product", products),
    ):
        for key, array in zip(parameters, arrays, strict=True):
            numbers[f"{name}/{what}/{key}"] = array.detach().numpy()
    return numbers


def recurrent_shapes(stack: str, cell: str) -> dict[str, tuple[int, ...]]:
    gates = CELLS[cell][1] * UNITS
    shapes = {}
    for layer, n_read in ((1, EMBEDDING), (2, UNITS)):
        shapes[f"{stack}{layer}.weight"] = (n_read + UNITS, gates)
        shapes[f"{stack}{layer}.bias"] = (2, gates)
    return shapes


def run_recurrent(cell: str, p: Tensors, stack: str, x: object, first: object = None) -> tuple:
    module = CELLS[cell][0](EMBEDDING, UNITS, num_layers=2, batch_first=True).double()
    own = {}
    for layer in range(2):
        weight, bias = p[f"{stack}{layer + 1}.weight"], p[f"{stack}{layer + 1}.bias"]
        own[f"weight_ih_l{layer}"] = weight[:-UNITS].T
        own[f"weight_hh_l{layer}"] = weight[-UNITS:].T
        own[f"bias_ih_l{layer}"], own[f"bias_hh_l{layer}"] = bias[0], bias[1]
    return functional_call(module, own, (x,) if first is None else (x, first))


def packed(x: torch.Tensor) -> nn.utils.rnn.PackedSequence:
    lengths = (SOURCE != 0).sum(1)
    return nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)


def recurrent(cell: str) -> Numbers:
    common = {"embedding.weight": (N_SYMBOLS, EMBEDDING)}
    p = draw(common | recurrent_shapes("encoder", cell) | linear("output", UNITS, N_CLASSES), 1)

    def classify() -> torch.Tensor:
        _, state = run_recurrent(cell, p, "encoder", packed(p["embedding.weight"][SOURCE]))
        h = state[0] if cell == "lstm" else state
        return apply(p, "output", h[-1])

    numbers = case(f"{cell}/classification", p, classify, 1)
    q = draw(common | recurrent_shapes("decoder", cell) | linear("output", UNITS, N_SYMBOLS), 2)

    def write_on() -> torch.Tensor:
        states, _ = run_recurrent(cell, q, "decoder", q["embedding.weight"][SOURCE])
        return apply(q, "output", states)

    numbers |= case(f"{cell}/continuation", q, write_on, 2)
    r = draw(
        common
        | recurrent_shapes("encoder", cell)
        | {"target_embedding.weight": (N_OUT, EMBEDDING)}
        | recurrent_shapes("decoder", cell)
        | linear("attention", 2 * UNITS, UNITS)
        | linear("output", UNITS, N_OUT),
        3,
    )

    def translate() -> torch.Tensor:
        read, final = run_recurrent(cell, r, "encoder", packed(r["embedding.weight"][SOURCE]))
        read, _ = nn.utils.rnn.pad_packed_sequence(read, batch_first=True)
        written = r["target_embedding.weight"][WRITTEN]
        states, _ = run_recurrent(cell, r, "decoder", written, final)
        recalled = F.scaled_dot_product_attention(
            states, read, read, attn_mask=(SOURCE != 0)[:, None, :]
        )
        joined = torch.cat([recalled, states], dim=-1)
        return apply(r, "output", torch.tanh(apply(r, "attention", joined)))

    return numbers | case(f"{cell}/translation", r, translate, 3)


def linear(name: str, fan_in: int, fan_out: int, sep: str = ".") -> dict[str, tuple[int, ...]]:
    return {f"{name}{sep}weight": (fan_in, fan_out), f"{name}{sep}bias": (fan_out,)}


def norm(name: str) -> dict[str, tuple[int, ...]]:
    return {f"{name}_scale": (WIDTH,), f"{name}_shift": (WIDTH,)}


def apply(p: Tensors, name: str, x: torch.Tensor) -> torch.Tensor:
    return x @ p[f"{name}.weight"] + p[f"{name}.bias"]


def block_shapes(name: str, reads_memory: bool) -> dict[str, tuple[int, ...]]:
    d = WIDTH
    shapes = norm(f"{name}.attention_norm")
    shapes |= linear(f"{name}.attention", d, 3 * d, "_")
    shapes |= linear(f"{name}.attention_out", d, d, "_")
    if reads_memory:
        shapes |= norm(f"{name}.cross_norm")
        shapes |= linear(f"{name}.cross_query", d, d, "_")
        shapes |= linear(f"{name}.cross_memory", d, 2 * d, "_")
        shapes |= linear(f"{name}.cross_out", d, d, "_")
    shapes |= norm(f"{name}.feed_norm")
    shapes |= linear(f"{name}.feed_in", d, FEED_FORWARD, "_")
    return shapes | linear(f"{name}.feed_out", FEED_FORWARD, d, "_")


def run_block(p: Tensors, name: str, args: tuple, **masks: torch.Tensor) -> torch.Tensor:
    reads_memory = len(args) == 2
    cls = nn.TransformerDecoderLayer if reads_memory else nn.TransformerEncoderLayer
    module = cls(
        WIDTH, HEADS, FEED_FORWARD, 0.0, activation="gelu", batch_first=True, norm_first=True
    ).double()

    def own(part: str) -> torch.Tensor:
        return p[f"{name}.{part}"]

    weights = {
        "self_attn.in_proj_weight": own("attention_weight").T,
        "self_attn.in_proj_bias": own("attention_bias"),
        "self_attn.out_proj.weight": own("attention_out_weight").T,
        "self_attn.out_proj.bias": own("attention_out_bias"),
        "linear1.weight": own("feed_in_weight").T,
        "linear1.bias": own("feed_in_bias"),
        "linear2.weight": own("feed_out_weight").T,
        "linear2.bias": own("feed_out_bias"),
    }
    norms = ["attention_norm", "cross_norm", "feed_norm"]
    if not reads_memory:
        norms.remove("cross_norm")
    for i, part in enumerate(norms, start=1):
        weights[f"norm{i}.weight"] = own(f"{part}_scale")
        weights[f"norm{i}.bias"] = own(f"{part}_shift")
    if reads_memory:
        weights["multihead_attn.in_proj_weight"] = torch.cat(
            [own("cross_query_weight"), own("cross_memory_weight")], dim=1
        ).T
        weights["multihead_attn.in_proj_bias"] = torch.cat(
            [own("cross_query_bias"), own("cross_memory_bias")]
        )
        weights["multihead_attn.out_proj.weight"] = own("cross_out_weight").T
        weights["multihead_attn.out_proj.bias"] = own("cross_out_bias")
    return functional_call(module, weights, args, masks)


def embed(p: Tensors, name: str, symbols: torch.Tensor) -> torch.Tensor:
    return p[f"{name}.weight"][symbols] + p[f"{name}.position_weight"]


def layer_norm(p: Tensors, name: str, x: torch.Tensor) -> torch.Tensor:
    return F.layer_norm(x, (WIDTH,), p[f"{name}_scale"], p[f"{name}_shift"])


def embedding_shapes(name: str, n_symbols: int, length: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (n_symbols, WIDTH), f"{name}.position_weight": (length, WIDTH)}


def transformers() -> Numbers:
    padding = SOURCE == 0
    encoder = embedding_shapes("embedding", N_SYMBOLS, 6)
    encoder |= block_shapes("encoder1", False) | block_shapes("encoder2", False)
    output = norm("output.norm")
    p = draw(encoder | output | linear("output", WIDTH, N_CLASSES), 4)

    def encode(p: Tensors) -> torch.Tensor:
        x = embed(p, "embedding", SOURCE)
        for name in ("encoder1", "encoder2"):
            x = run_block(p, name, (x,), src_key_padding_mask=padding)
        return x

    def classify() -> torch.Tensor:
        x = layer_norm(p, "output.norm", encode(p))
        mean = torch.stack([row[keep].mean(0) for row, keep in zip(x, ~padding, strict=True)])
        return apply(p, "output", mean)

    numbers = case("transformer/classification", p, classify, 4)
    decoder = embedding_shapes("embedding", N_SYMBOLS, 6)
    decoder |= block_shapes("decoder1", False) | block_shapes("decoder2", False)
    q = draw(decoder | output | linear("output", WIDTH, N_SYMBOLS), 5)

    def write_on() -> torch.Tensor:
        x = embed(q, "embedding", SOURCE)
        for name in ("decoder1", "decoder2"):
            x = run_block(q, name, (x,), src_mask=causal(6))
        return apply(q, "output", layer_norm(q, "output.norm", x))

    numbers |= case("transformer/continuation", q, write_on, 5)
    decoder = embedding_shapes("target_embedding", N_OUT, 5)
    decoder |= block_shapes("decoder1", True) | block_shapes("decoder2", True)
    shapes = encoder | norm("memory.norm") | decoder | output | linear("output", WIDTH, N_OUT)
    r = draw(shapes, 6)

    def translate() -> torch.Tensor:
        memory = layer_norm(r, "memory.norm", encode(r))
        x = embed(r, "target_embedding", WRITTEN)
        for name in ("decoder1", "decoder2"):
            masks = {"tgt_mask": causal(5), "memory_key_padding_mask": padding}
            x = run_block(r, name, (x, memory), **masks)
        return apply(r, "output", layer_norm(r, "output.norm", x))

    return numbers | case("transformer/translation", r, translate, 6)


def causal(n: int) -> torch.Tensor:
    return torch.triu(torch.ones(n, n, dtype=torch.bool), 1)


def multi_head() -> Numbers:
    """Self-attention alone, with the shares of every head."""
    p = draw(linear("in", WIDTH, 3 * WIDTH) | linear("out", WIDTH, WIDTH), 7)
    x = torch.tensor(np.random.default_rng(8).normal(size=(3, 6, WIDTH)))
    module = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True).double()
    weights = {
        "in_proj_weight": p["in.weight"].T,
        "in_proj_bias": p["in.bias"],
        "out_proj.weight": p["out.weight"].T,
        "out_proj.bias": p["out.bias"],
    }
    options = {"key_padding_mask": SOURCE == 0, "average_attn_weights": False}

    def forward() -> torch.Tensor:
        return functional_call(module, weights, (x, x, x), options)[0]

    shares = functional_call(module, weights, (x, x, x), options)[1]
    return case("multi_head", p, forward, 7) | {
        "multi_head/x": x.numpy(),
        "multi_head/shares": shares.detach().numpy(),
    }


if __name__ == "__main__":
    numbers: Numbers = {"source": SOURCE.numpy(), "target": TARGET.numpy()}
    # The fused attention has no second derivative.
    with sdpa_kernel(SDPBackend.MATH):
        for name in CELLS:
            numbers |= recurrent(name)
        numbers |= transformers() | multi_head()
    np.savez_compressed(OUT, **numbers)
    print(f"{OUT.name}: {len(numbers)} arrays with PyTorch {torch.__version__}")
