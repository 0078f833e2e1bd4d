"""From what several classifiers say to the probability of every label, all labels seen together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from thinc.api import Adam, Linear, Model, Relu, chain, fix_random_seed

from pipeline.analyse.linear import Floats, sigmoid

_NAME = "weighing."
_NETWORKS, _WIDTH = 5, 64
_EPOCHS, _BATCH, _RATE = 60, 32, 2e-3


@dataclass(frozen=True, kw_only=True)
class Weighing:
    """Small networks with one hidden layer whose answers are averaged (Breiman's bagging, without drawing anew)."""

    centre: Floats
    spread: Floats
    inner: Floats  # network x hidden x input
    inner_bias: Floats
    outer: Floats  # network x label x hidden
    outer_bias: Floats

    def chances(self, summary: Floats) -> Floats:
        """The probability of every label, out of the numbers that speak for or against them."""
        given = (summary.reshape(-1) - self.centre) / self.spread
        hidden = np.maximum(self.inner @ given + self.inner_bias, 0)
        scores = (self.outer @ hidden[:, :, None])[:, :, 0] + self.outer_bias
        result: Floats = sigmoid(scores).mean(axis=0)
        return result

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The networks as arrays to be stored."""
        return {f"{_NAME}{name}": value for name, value in vars(self).items()}

    @classmethod
    def of_arrays(cls, arrays: dict[str, NDArray[np.generic]]) -> Weighing:
        """The networks out of stored arrays."""
        return cls(**{k.removeprefix(_NAME): v.astype(np.float32) for k, v in arrays.items() if k.startswith(_NAME)})


def learn_weighing(summaries: Floats, targets: Floats, *, decay: float = 0.5, seed: int = 1) -> Weighing:
    """The networks that tell the targets (rows x labels) from the summaries (rows x numbers of any shape)."""
    given = summaries.reshape(len(summaries), -1)
    centre, spread = given.mean(axis=0), given.std(axis=0) + 1e-6
    given = ((given - centre) / spread).astype(np.float32)
    learnt = [_learnt(given, targets, decay, seed + number) for number in range(_NETWORKS)]
    inner, inner_bias, outer, outer_bias = (np.stack(parts) for parts in zip(*learnt, strict=True))
    return Weighing(
        centre=centre, spread=spread, inner=inner, inner_bias=inner_bias, outer=outer, outer_bias=outer_bias
    )


def _learnt(given: Floats, targets: Floats, decay: float, seed: int) -> tuple[Any, ...]:
    """Weights and biases of one network's two layers: Adam on cross-entropy, with weights drawn towards nought."""
    fix_random_seed(seed)
    hidden, out = Relu(nO=_WIDTH, nI=given.shape[1]), Linear(nO=targets.shape[1], nI=_WIDTH)
    network: Model[Any, Any] = chain(hidden, out)
    network.initialize(X=given[:2], Y=targets[:2])
    optimizer = Adam(_RATE, L2=decay / _BATCH, L2_is_weight_decay=False, grad_clip=0.0, use_averages=False)
    order, random = np.arange(len(given)), np.random.default_rng(seed)
    for _ in range(_EPOCHS):
        random.shuffle(order)
        for start in range(0, len(order), _BATCH):
            here = order[start : start + _BATCH]
            scores, backprop = network.begin_update(given[here])
            backprop((sigmoid(scores) - targets[here]) / len(here))
            network.finish_update(optimizer)
    return tuple(layer.get_param(name) for layer in (hidden, out) for name in ("W", "b"))
