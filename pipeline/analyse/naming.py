"""Training of the names: tokenizer, vectors, tok2vec and ner, out of annotated texts."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Sequence
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import load_config
from spacy.vectors import Mode, Vectors  # type: ignore[import-not-found]  # compiled, without stubs
from thinc.api import Config, Optimizer, fix_random_seed

from pipeline.analyse import tokens
from pipeline.analyse.corpus import Row, described, with_mentions
from pipeline.errors import ModelError

CONFIG = Path(__file__).with_name("config.cfg")
_WORDS_A_PIECE = 120
_BATCH = 12
_GENERAL_SHARE = 0.6
_log = logging.getLogger(__name__)


def blank(vectors: Path | None = None, config: Path = CONFIG) -> Language:
    """The untrained pipeline of the recipe, with floret vectors if a file of them is given."""
    try:
        recipe: Config = load_config(config)
    except (OSError, ValueError) as exc:
        raise ModelError(f"{config}: the recipe cannot be read: {exc}") from exc
    recipe["components"]["tok2vec"]["model"]["embed"]["include_static_vectors"] = vectors is not None
    nlp = spacy.util.load_model_from_config(recipe, auto_fill=True)
    nlp.tokenizer = tokens.german_tokenizer(nlp)
    if vectors is not None:
        nlp.vocab.vectors = read_vectors(nlp, vectors)
    return nlp


def read_vectors(nlp: Language, path: Path) -> Vectors:
    """The hashed word vectors of a floret file."""
    import numpy

    try:
        with path.open(encoding="utf-8") as lines:
            buckets, dim, minn, maxn, hashes, seed, bow, eow = lines.readline().split()
            data = numpy.loadtxt(lines, dtype=numpy.float32, usecols=range(1, int(dim) + 1), comments=None)
    except (OSError, ValueError) as exc:
        raise ModelError(f"{path}: not a file of floret vectors: {exc}") from exc
    if data.shape != (int(buckets), int(dim)):
        raise ModelError(f"{path}: {buckets} rows of {dim} numbers are announced, {data.shape} found")
    return Vectors(
        strings=nlp.vocab.strings, data=data, mode=Mode.floret, minn=int(minn), maxn=int(maxn),
        hash_count=int(hashes), hash_seed=int(seed), bow=bow, eow=eow,
    )  # fmt: skip


def learn_names(
    nlp: Language,
    rows: Sequence[Row],
    general: Sequence[Row],
    dev: Sequence[Row],
    *,
    epochs: int,
    seed: int,
    minutes: float | None,
) -> int:
    """How many annotations missed the borders of words; the pipeline finds names afterwards, as well as on its best day.

    The general texts follow other guidelines; the last epochs leave them out, so that our own have the last word.
    """
    fix_random_seed(seed)
    own, missed = _examples(nlp, rows)
    others, missed_there = _examples(nlp, general)
    examples = own + others
    held_out = [_whole(nlp, row) for row in dev]
    optimizer = nlp.initialize(lambda: examples[:2000])
    assert isinstance(optimizer, Optimizer)
    chance, best, kept = random.Random(seed), -1.0, b""
    begun = time.monotonic()
    for epoch in range(1, epochs + 1):
        optimizer.learn_rate = 0.001 * max(0.1, 1 - 0.9 * (epoch - 1) / max(1, epochs - 1))
        loss = _epoch(nlp, own if epoch > epochs * _GENERAL_SHARE else examples, optimizer, chance)
        with nlp.use_params(optimizer.averages):
            score = _f1(nlp, held_out) if held_out else float(epoch)
            if score > best:
                best, kept = score, nlp.to_bytes(exclude=["vocab", "tokenizer"])
        _log.info("names: epoch %d of %d, loss %.0f, F1 on dev %.3f", epoch, epochs, loss, score)
        if minutes is not None and time.monotonic() - begun > minutes * 60:
            _log.info("names: the time of %.0f minutes is used up", minutes)
            break
    if kept:
        nlp.from_bytes(kept, exclude=["vocab", "tokenizer"])
    return missed + missed_there


def _examples(nlp: Language, rows: Sequence[Row]) -> tuple[list[Example], int]:
    examples, faults = [], []
    for row in rows:
        doc, bad = with_mentions(nlp, row)
        faults += bad
        examples += [Example(nlp.make_doc(piece.text), _copy(nlp, piece)) for piece in _pieces(doc)]
    _log.info("names: %d texts, %d pieces; %s", len(rows), len(examples), described(faults))
    return examples, len(faults)


def _pieces(doc: Doc) -> list[Doc]:
    pieces, start = [], 0
    for sentence in doc.sents:
        if sentence.end - start > _WORDS_A_PIECE and sentence.start > start:
            pieces.append(doc[start : sentence.start].as_doc())
            start = sentence.start
    if start < len(doc):
        pieces.append(doc[start : len(doc)].as_doc())
    return pieces


def _copy(nlp: Language, piece: Doc) -> Doc:
    copy = nlp.make_doc(piece.text)
    spans = [copy.char_span(e.start_char, e.end_char, label=e.label_) for e in piece.ents]
    copy.set_ents([span for span in spans if span is not None])
    return copy


def _whole(nlp: Language, row: Row) -> Example:
    return Example(nlp.make_doc(row.text), with_mentions(nlp, row)[0])


def _epoch(nlp: Language, examples: list[Example], optimizer: Optimizer, chance: random.Random) -> float:
    losses: dict[str, float] = {}
    order = list(examples)
    chance.shuffle(order)
    for at in range(0, len(order), _BATCH):
        nlp.update(order[at : at + _BATCH], sgd=optimizer, drop=0.15, losses=losses)
    return losses.get("ner", 0.0)


def _f1(nlp: Language, examples: Sequence[Example]) -> float:
    fresh = [Example(nlp.make_doc(e.reference.text), e.reference) for e in examples]
    score: float | None = nlp.evaluate(fresh)["ents_f"]
    return score or 0.0
