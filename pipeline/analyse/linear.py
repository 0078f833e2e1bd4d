"""Linear classifiers over hashed features: small, quick, and able to say which words decided."""

from __future__ import annotations

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
    """One weight per feature and label; a score is the mean of the weights times the root of their number."""

    def __init__(self, labels: Sequence[str], weights: Floats, bias: Floats) -> None:
        self.labels = tuple(labels)
        self.weights, self.bias = weights, bias
        self.bits = max(1, weights.shape[0].bit_length() - 1)

    def score(self, ids: Ids) -> Floats:
        """The score of every label, from minus to plus infinity; 0 is even."""
        if not len(ids):
            return self.bias.copy()
        total: Floats = self.weights[ids].sum(axis=0, dtype=np.float32) / np.float32(np.sqrt(len(ids))) + self.bias
        return total

    def arrays(self, name: str) -> dict[str, NDArray[np.generic]]:
        """The classifier as arrays to be stored, half as exact."""
        return {
            f"{name}.labels": np.array(self.labels),
            f"{name}.weights": self.weights.astype(np.float16),
            f"{name}.bias": self.bias,
        }

    @classmethod
    def of_arrays(cls, name: str, arrays: dict[str, NDArray[np.generic]]) -> Linear:
        """The classifier out of stored arrays."""
        labels = [str(label) for label in arrays[f"{name}.labels"]]
        weights = arrays[f"{name}.weights"].astype(np.float32)
        return cls(labels, weights, arrays[f"{name}.bias"].astype(np.float32))


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
    l2: float = 1e-5,
    steps: int = 120,
    rate: float = 0.15,
) -> Linear:
    """The classifier that fits the targets (rows x labels): independent labels, or `one_of` them per row."""
    table = _Table(rows, bits)
    weight = np.ones(len(rows), dtype=np.float32) if weights is None else weights
    weight = (weight / weight.sum())[:, None]
    base = np.clip((targets * weight).sum(axis=0), 1e-4, 1 - 1e-4)
    bias = (np.log(base) if one_of else np.log(base / (1 - base))).astype(np.float32)
    inner = np.zeros((len(table.used), len(labels)), dtype=np.float32)
    first, second = np.zeros_like(inner), np.zeros_like(inner)
    first_bias, second_bias = np.zeros_like(bias), np.zeros_like(bias)
    for step in range(1, steps + 1):
        scores = table.times(inner) + bias
        error = ((_softmax_rows(scores) if one_of else sigmoid(scores)) - targets) * weight
        pace = rate * (1 - (step - 1) / steps) + 1e-3
        inner -= _adam(table.transposed_times(error) + l2 * inner, first, second, step) * pace
        bias -= _adam(error.sum(axis=0), first_bias, second_bias, step) * pace * 0.3
    full = np.zeros((1 << bits, len(labels)), dtype=np.float32)
    full[table.used] = inner
    return Linear(labels, full, bias)


class _Table:
    """Rows of feature numbers as a sparse matrix that multiplies quickly both ways."""

    def __init__(self, rows: Sequence[Ids], bits: int) -> None:
        lengths = np.array([len(row) for row in rows])
        flat = np.concatenate(rows) if len(rows) else np.zeros(0, dtype=np.int64)
        self.used, columns = np.unique(flat, return_inverse=True)
        self._columns = columns
        self._filled = np.flatnonzero(lengths)
        self._starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])[self._filled]
        owner = np.repeat(np.arange(len(rows)), lengths)
        order = np.argsort(columns, kind="stable")
        self._owner = owner[order]
        self._borders = np.searchsorted(columns[order], np.arange(len(self.used)))
        scale = 1 / np.sqrt(np.maximum(lengths, 1))
        self._scale = scale.astype(np.float32)[:, None]
        self._count = len(rows)

    def times(self, inner: Floats) -> Floats:
        result = np.zeros((self._count, inner.shape[1]), dtype=np.float32)
        for label in range(inner.shape[1]):
            picked = inner[:, label][self._columns]
            result[self._filled, label] = np.add.reduceat(picked, self._starts)
        scaled: Floats = result * self._scale
        return scaled

    def transposed_times(self, error: Floats) -> Floats:
        scaled = error * self._scale
        result = np.empty((len(self.used), error.shape[1]), dtype=np.float32)
        for label in range(error.shape[1]):
            result[:, label] = np.add.reduceat(scaled[:, label][self._owner], self._borders)
        return result


def _adam(gradient: Floats, first: Floats, second: Floats, step: int) -> Floats:
    first *= 0.9
    first += 0.1 * gradient
    second *= 0.999
    second += 0.001 * gradient**2
    result: Floats = (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return result


def _softmax_rows(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Floats = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return result
