"""Make texts.npz: the cross-entropy of symbols from PyTorch in float64.

Run by hand where PyTorch is installed (``python tests/golden/make_texts.py``); the tests only read
the file.
"""

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

OUT = Path(__file__).with_name("texts.npz")


def main() -> None:
    """Write logits, targets with padding, the loss, its gradient and a Hessian's product."""
    rng = np.random.default_rng(3)
    outputs = rng.normal(0, 3, (4, 6, 9))
    outputs[0, 0] = np.linspace(-900, 900, 9)
    targets = rng.integers(1, 9, (4, 6))
    for row, length in enumerate((6, 2, 4, 1)):
        targets[row, length:] = 0
    direction = rng.normal(size=outputs.shape)
    z, number = torch.tensor(outputs, requires_grad=True), torch.tensor(targets)
    loss = F.cross_entropy(z.reshape(-1, 9), number.reshape(-1), ignore_index=0)
    (gradient,) = torch.autograd.grad(loss, z, create_graph=True)
    (product,) = torch.autograd.grad((gradient * torch.tensor(direction)).sum(), z)
    np.savez(
        OUT,
        outputs=outputs,
        targets=targets,
        direction=direction,
        value=loss.detach().numpy(),
        gradient=gradient.detach().numpy(),
        product=product.numpy(),
    )


if __name__ == "__main__":
    main()
