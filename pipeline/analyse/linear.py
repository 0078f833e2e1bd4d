"""Linear classifiers over hashed features: small, quick, and able to say which words decided."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from spacy.strings import get_string_id

from pipeline.errors import ModelError

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]


def hashed(features: Sequence[str], bits: int) -> Ids:
    """The places of the features in a table of 2**bits rows."""
    mask = (1 << bits) - 1
    return np.fromiter((get_string_id(f) & mask for f in features), dtype=np.int64, count=len(features))


class Linear:
    """One weight per feature and label; rare features count for more, and a text of many features for no more than one of few."""

    def __init__(self, labels: Sequence[str], weights: Floats, bias: Floats, rarity: Floats) -> None:
        self.labels = tuple(labels)
        self.weights, self.bias = weights, bias
        self.rarity = rarity  # how much a feature weighs in the length of a row, squared
        self.bits = weights.shape[0].bit_length() - 1

    def score(self, ids: Ids) -> Floats:
        """The score of every label, from minus to plus infinity; 0 is even."""
        if not len(ids):
            return self.bias.copy()
        length = np.sqrt(self.rarity[ids].sum(dtype=np.float32) + 1e-6)
        total: Floats = self.weights[ids].sum(axis=0, dtype=np.float32) / length + self.bias
        return total

    def arrays(self, name: str) -> dict[str, NDArray[np.generic]]:
        """The classifier as arrays to be stored, half as exact."""
        return {
            f"{name}.labels": np.array(self.labels),
            f"{name}.weights": self.weights.astype(np.float16),
            f"{name}.rarity": self.rarity.astype(np.float16),
            f"{name}.bias": self.bias,
        }

    @classmethod
    def of_arrays(cls, name: str, arrays: dict[str, NDArray[np.generic]]) -> Linear:
        """The classifier out of stored arrays."""
        labels = [str(label) for label in arrays[f"{name}.labels"]]
        weights, rarity = (arrays[f"{name}.{part}"].astype(np.float32) for part in ("weights", "rarity"))
        return cls(labels, weights, arrays[f"{name}.bias"].astype(np.float32), rarity)

    @classmethod
    def untrained(cls, labels: Sequence[str], bits: int = 4) -> Linear:
        """A classifier that finds all labels even."""
        size = 1 << bits
        zeros = np.zeros((size, len(labels)), dtype=np.float32)
        return cls(labels, zeros, zeros[0].copy(), np.ones(size, dtype=np.float32))


def sigmoid(scores: Floats) -> Floats:
    """Scores as probabilities."""
    result: Floats = (1 / (1 + np.exp(-np.clip(scores, -30, 30)))).astype(np.float32)
    return result


def softmax(scores: Floats) -> Floats:
    """Scores as probabilities that add up to one."""
    powers = np.exp(scores - scores.max())
    result: Floats = (powers / powers.sum()).astype(np.float32)
    return result


def save_arrays(path: Path, arrays: dict[str, NDArray[np.generic]]) -> None:
    """Writes arrays into one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, allow_pickle=False, **arrays)


def load_arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    """The arrays of a file."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, KeyError) as exc:
        raise ModelError(f"{path}: the weights cannot be read: {exc}") from exc


def fit(
    rows: Sequence[Ids],
    targets: Floats,
    labels: Sequence[str],
    *,
    bits: int,
    weights: Floats | None = None,
    one_of: bool = False,
    l2: float = 0.1,
    steps: int = 100,
) -> Linear:
    """The classifier that fits the targets (rows x labels): independent labels, or `one_of` them per row.

    Logistic regression by Nesterov's accelerated gradient; `weights` say how much each row, or each cell, counts.
    """
    table = _Table(rows, bits)
    cells = np.ones((len(rows), 1), dtype=np.float32) if weights is None else weights.reshape(len(rows), -1)
    share = np.clip((targets * cells).sum(axis=0) / (np.ones_like(targets) * cells).sum(axis=0), 1e-4, 0.9)
    bias = (np.log(share) if one_of else np.log(share / (1 - share))).astype(np.float32)
    curve = 0.5 if one_of else 0.25
    heaviest = cells.max(axis=1, keepdims=True)
    step = 1 / (curve * table.norm(heaviest) + l2)
    bias_step = 1 / (curve * float(heaviest.sum()))
    inner = ahead = np.zeros((len(table.used), len(labels)), dtype=np.float32)
    bias_ahead, pace = bias, 1.0
    for _ in range(steps):
        scores: Floats = table.times(ahead) + bias_ahead
        likely = _softmax_rows(scores) if one_of else sigmoid(scores)
        error: Floats = (likely - targets) * cells
        gradient = table.transposed_times(error) + l2 * ahead
        following: Floats = (ahead - step * gradient).astype(np.float32)
        bias_following: Floats = (bias_ahead - bias_step * error.sum(axis=0)).astype(np.float32)
        next_pace = (1 + math.sqrt(1 + 4 * pace * pace)) / 2
        push = np.float32((pace - 1) / next_pace)
        ahead, bias_ahead = following + push * (following - inner), bias_following + push * (bias_following - bias)
        inner, bias, pace = following, bias_following, next_pace
    return table.classifier(labels, inner, bias)


class _Table:
    """Rows of feature numbers as a sparse matrix of rarities, each row of length one."""

    def __init__(self, rows: Sequence[Ids], bits: int) -> None:
        from scipy import sparse  # only who learns waits for it

        self._bits, self._count = bits, len(rows)
        flat = np.concatenate(rows) if len(rows) else np.zeros(0, dtype=np.int64)
        self.used, columns = np.unique(flat, return_inverse=True)
        owner = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        often = np.bincount(columns, minlength=len(self.used))
        self._rarity = (np.log((len(rows) + 1) / (often + 1)).clip(0) + 0.3).astype(np.float32)[:, None]
        values = self._rarity[columns, 0]
        lengths = np.sqrt(np.bincount(owner, weights=values**2, minlength=len(rows)))
        shape = (len(rows), len(self.used))
        self._matrix = sparse.csr_array((values / lengths[owner], (owner, columns)), shape=shape, dtype=np.float32)
        self._turned = self._matrix.T.tocsr()

    def times(self, inner: Floats) -> Floats:
        """The scores of all rows."""
        scores: Floats = self._matrix @ inner
        return scores

    def transposed_times(self, error: Floats) -> Floats:
        """What errors in the rows say about every feature."""
        told: Floats = self._turned @ error
        return told

    def norm(self, heaviest: Floats, rounds: int = 8) -> float:
        """The largest eigenvalue of the weighted square of the matrix, nearly."""
        vector = np.ones((len(self.used), 1), dtype=np.float32)
        size = 1.0
        for _ in range(rounds):
            vector = self.transposed_times(self.times(vector / np.linalg.norm(vector)) * heaviest)
            size = float(np.linalg.norm(vector))
        return size * 1.1

    def classifier(self, labels: Sequence[str], inner: Floats, bias: Floats) -> Linear:
        """The weights spread over the whole table, those of unseen features nought."""
        size = 1 << self._bits
        weights = np.zeros((size, inner.shape[1]), dtype=np.float32)
        weights[self.used] = inner * self._rarity
        rarity = np.full(size, float(np.log(self._count + 1) + 0.3) ** 2, dtype=np.float32)
        rarity[self.used] = self._rarity[:, 0] ** 2
        return Linear(labels, weights, bias, rarity)


def _softmax_rows(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Floats = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return result
