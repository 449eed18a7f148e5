"""Recurrent cells: how a state takes up the next input.

The formulas, the order of the gates and the two biases are those of PyTorch's ``nn.RNN``,
``nn.GRU`` and ``nn.LSTM``; weights are transposed. A layer's ``weight`` of shape
(n_inputs + units, gates · units) holds what acts on the input above what acts on the state, its
``bias`` of shape (2, gates · units) likewise.
"""

from __future__ import annotations

from typing import Any, ClassVar

from playground import autodiff as ad

State = tuple[Any, ...]


class Cell:
    """A layer's cell, with the weights of one layer.

    Parameters
    ----------
    weight, bias
        As the module says.
    """

    GATES: ClassVar[int]
    N_STATES: ClassVar[int] = 1

    def __init__(self, weight: Any, bias: Any) -> None:
        self.units = bias.shape[1] // self.GATES
        n_inputs = weight.shape[0] - self.units
        self._input_weight, self._state_weight = weight[:n_inputs], weight[n_inputs:]
        self._bias = bias

    def project(self, x: Any) -> Any:
        """Return what the inputs of all positions contribute: one product for all of them.

        Parameters
        ----------
        x
            Shape (n_positions, n_samples, n_inputs).
        """
        return x @ self._input_weight + (self._bias[0] + self._bias[1])

    def step(self, projected: Any, state: State) -> State:
        """Return the next state, whose first array is the cell's output.

        Parameters
        ----------
        projected
            One position of :meth:`project`, shape (n_samples, gates · units).
        state
            Arrays of shape (n_samples, units).
        """
        raise NotImplementedError

    def _gate(self, gates: Any, i: int) -> Any:
        return gates[..., i * self.units : (i + 1) * self.units]


class Elman(Cell):
    """h' = tanh(Wx + Uh + b) (Elman 1990)."""

    GATES = 1

    def step(self, projected: Any, state: State) -> State:
        return (ad.tanh(projected + state[0] @ self._state_weight),)


class GRU(Cell):
    """Gates r, z and the candidate n: h' = (1 - z) n + z h (Cho et al. 2014).

    As in PyTorch the reset gate acts on the state's product with its bias:
    n = tanh(W x + b + r (U h + c)).
    """

    GATES = 3

    def project(self, x: Any) -> Any:
        # The candidate's bias on the side of the state stands within the reset gate.
        outside = ad.pad(self._bias[1, : 2 * self.units], (0,), (self.units,))
        return x @ self._input_weight + (self._bias[0] + outside)

    def step(self, projected: Any, state: State) -> State:
        (h,) = state
        n = 2 * self.units
        recurrent = h @ self._state_weight
        gates = ad.sigmoid(projected[..., :n] + recurrent[..., :n])
        reset, update = self._gate(gates, 0), self._gate(gates, 1)
        within = recurrent[..., n:] + self._bias[1, n:]
        candidate = ad.tanh(projected[..., n:] + reset * within)
        return (candidate + update * (h - candidate),)


class LSTM(Cell):
    """Gates i, f, o and the candidate g: c' = f c + i g and h' = o tanh(c').

    Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000; the gates lie in the
    order i, f, g, o.
    """

    GATES = 4
    N_STATES = 2

    def step(self, projected: Any, state: State) -> State:
        h, c = state
        pre = projected + h @ self._state_weight
        gates = ad.sigmoid(pre[..., : 2 * self.units])
        keep_input, forget = self._gate(gates, 0), self._gate(gates, 1)
        candidate = ad.tanh(self._gate(pre, 2))
        show = ad.sigmoid(self._gate(pre, 3))
        c = forget * c + keep_input * candidate
        return show * ad.tanh(c), c


CELLS: dict[str, type[Cell]] = {"elman": Elman, "gru": GRU, "lstm": LSTM}
