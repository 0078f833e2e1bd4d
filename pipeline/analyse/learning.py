"""Training of incident types, status and roles, out of articles with annotated names."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from spacy.tokens import Doc

from pipeline.analyse.corpus import Row
from pipeline.analyse.incidents import (
    LABELS,
    STATED,
    SUMMARY,
    TypeModel,
    article_features,
    article_scores,
    chosen,
    sentence_features,
    sentence_scores,
    status_features,
    summary,
    weighed,
)
from pipeline.analyse.labels import ROLES, TYPES
from pipeline.analyse.linear import Floats, Ids, Linear, fit, hashed, sigmoid
from pipeline.analyse.organisations import Resolver
from pipeline.analyse.roles import mention_features

SENTENCE_BITS, ARTICLE_BITS, STATUS_BITS, ROLE_BITS = 15, 15, 12, 14
_FOLDS = 4
_EVIDENCE, _NO_EVIDENCE = 4.0, 0.1  # how much a cell counts: evidence for a type; none, in an article that has the type
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Known:
    """An annotated article in words, with its names and organisations set."""

    row: Row
    doc: Doc


def learn_types(train: Sequence[Known], dev: Sequence[Known]) -> TypeModel:
    """Types and status as learnt from one part of the articles, with cuts that fit the other part best."""
    columns, targets = _unseen_summaries(train)
    weighing = _fit_weighing(columns, targets)
    sentence, article = _fit_sentences(train), _fit_articles(train)
    _log.info("types: learnt from %d articles", len(train))
    chances = np.stack([weighed(weighing, c) for c in columns])
    if dev:
        fresh = np.stack([weighed(weighing, _summary(sentence, article, known)) for known in dev])
        chances, targets = np.concatenate([chances, fresh]), np.concatenate([targets, _targets(dev)])
    cuts = best_cuts(chances, targets)
    return TypeModel(
        sentence=sentence,
        article=article,
        status=_fit_status(train),
        weighing=weighing,
        cuts=cuts,
        lead=_lead(train),
    )


def learn_roles(train: Sequence[Known], resolver: Resolver) -> Linear:
    """Roles as learnt from the organisations that articles name with their part."""
    labels = list(ROLES)
    rows: list[Ids] = []
    targets: list[int] = []
    weights: list[float] = []
    missed = 0
    for known in train:
        roles = {resolver.key(name): role for name, role in known.row.orgs}
        found = set()
        for named in known.doc._.named:
            keys = resolver.keys(known.doc, named) & roles.keys()
            found |= keys
            for here in mention_features(known.doc, named, known.row.types) if keys else ():
                rows.append(hashed(here, ROLE_BITS))
                targets.append(labels.index(roles[min(keys)]))
                weights.append(1 / np.sqrt(len(named.places)))
        missed += len(roles.keys() - found)
    _log.info(
        "roles: learnt from %d mentions; %d organisations of the annotation are not named in the text",
        len(rows),
        missed,
    )
    if not rows:
        return Linear.untrained(labels)
    wanted = np.eye(len(labels), dtype=np.float32)[targets]
    weight = np.array(weights, dtype=np.float32)
    return fit(rows, wanted, labels, bits=ROLE_BITS, weights=weight, one_of=True, l2=0.2)


def best_cuts(chances: Floats, targets: Floats) -> Floats:
    """The cuts that give the best F1: one for an incident at all, then one that all types share."""
    cuts = np.full(len(LABELS), 0.5, dtype=np.float32)
    steps = [float(step) for step in np.arange(0.15, 0.86, 0.025)]
    cuts[-1] = max(steps, key=lambda cut: _f1(chances[:, -1:] >= cut, targets[:, -1:] > 0))

    def with_types(cut: float) -> float:
        trial = cuts.copy()
        trial[:-1] = cut
        given = np.zeros(chances.shape, dtype=bool)
        for row, chance in zip(given, chances, strict=True):
            row[chosen(chance, trial)] = True
        return _f1(given[:, :-1], targets[:, :-1] > 0)

    cuts[:-1] = max(steps, key=with_types)
    _log.info("types: an incident from %.3f on, a type from %.3f on", cuts[-1], cuts[0])
    return cuts


def _lead(articles: Sequence[Known]) -> Floats:
    first = Counter(known.row.types[0] for known in articles if known.row.types)
    all = Counter(type for known in articles for type in known.row.types)
    return np.array([(first[type] + 1) / (all[type] + 2) for type in TYPES], dtype=np.float32)


def _f1(
    given: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], wanted: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> float:
    both = int((given & wanted).sum())
    return 2 * both / max(1, int(given.sum()) + int(wanted.sum()))


def _targets(articles: Sequence[Known]) -> Floats:
    rows = np.zeros((len(articles), len(LABELS)), dtype=np.float32)
    for row, known in zip(rows, articles, strict=True):
        for type in known.row.types:
            row[LABELS.index(type)] = row[-1] = 1
    return rows


def _unseen_summaries(articles: Sequence[Known]) -> tuple[Floats, Floats]:
    """For every article what classifiers say about it that have not seen it."""
    ordered = sorted(articles, key=lambda known: (known.row.event, known.row.id))
    groups = {event: i for i, event in enumerate(dict.fromkeys(_group(known) for known in ordered))}
    columns = np.zeros((len(articles), len(LABELS), SUMMARY), dtype=np.float32)
    for fold in range(_FOLDS):
        seen = [known for known in articles if groups[_group(known)] % _FOLDS != fold]
        sentence, article = _fit_sentences(seen), _fit_articles(seen)
        for index, known in enumerate(articles):
            if groups[_group(known)] % _FOLDS == fold:
                columns[index] = _summary(sentence, article, known)
        _log.info("types: part %d of %d compared", fold + 1, _FOLDS)
    return columns, _targets(articles)


def _group(known: Known) -> str:
    return known.row.event if known.row.event != "none" else known.row.id


def _summary(sentence: Linear, article: Linear, known: Known) -> Floats:
    sentences = list(known.doc.sents)
    return summary(sentences, sentence_scores(sentence, sentences), article_scores(article, known.doc))


def _fit_sentences(articles: Sequence[Known]) -> Linear:
    """Sentences and stretches of evidence; a sentence without evidence says little against a type its article has."""
    rows: list[Ids] = []
    targets: list[Floats] = []
    cells: list[Floats] = []
    for known, whole in zip(articles, _targets(articles), strict=True):
        places = [(start, end, LABELS.index(label)) for start, end, label in known.row.evidence if label in LABELS]
        stretches = [known.doc.char_span(start, end, alignment_mode="expand") for start, end, _ in places]
        for span in [*known.doc.sents, *(stretch for stretch in stretches if stretch is not None)]:
            target = np.zeros(len(LABELS), dtype=np.float32)
            for start, end, label in places:
                if start < span.end_char and end > span.start_char:
                    target[label] = target[-1] = 1
            rows.append(hashed(sentence_features(span), SENTENCE_BITS))
            targets.append(target)
            cells.append(np.where(target > 0, _EVIDENCE, np.where(whole > 0, _NO_EVIDENCE, 1)).astype(np.float32))
    return fit(rows, np.stack(targets), LABELS, bits=SENTENCE_BITS, weights=np.stack(cells), l2=0.1)


def _fit_articles(articles: Sequence[Known]) -> Linear:
    rows = [hashed(article_features(known.doc), ARTICLE_BITS) for known in articles]
    targets = _targets(articles)
    return fit(rows, targets, LABELS, bits=ARTICLE_BITS, weights=np.where(targets > 0, 3, 1).astype(np.float32), l2=0.1)


def _fit_status(articles: Sequence[Known]) -> Linear:
    stated = [known for known in articles if known.row.status in STATED]
    if not stated:
        return Linear.untrained(STATED)
    index = [STATED.index(known.row.status) for known in stated]
    counts = np.bincount(index, minlength=len(STATED))
    weights = np.array([np.sqrt(counts.max() / counts[i]) for i in index], dtype=np.float32)
    rows = [hashed(status_features(known.doc), STATUS_BITS) for known in stated]
    targets = np.eye(len(STATED), dtype=np.float32)[index]
    return fit(rows, targets, STATED, bits=STATUS_BITS, weights=weights, one_of=True, l2=0.3)


def _fit_weighing(columns: Floats, targets: Floats) -> Floats:
    """Weights of the summary for every label, drawn towards those that serve all labels together."""
    common = _descend(columns, targets, np.zeros((1, SUMMARY + 1), dtype=np.float32), shared=True, pull=1e-4)
    return _descend(columns, targets, np.repeat(common, len(LABELS), axis=0), shared=False, pull=3e-3)


def _descend(columns: Floats, targets: Floats, start: Floats, *, shared: bool, pull: float) -> Floats:
    padded = np.concatenate([columns, np.ones((*columns.shape[:2], 1), dtype=np.float32)], axis=2)
    weights = start.copy()
    reduce: Callable[[Floats], Floats] = (lambda g: g.mean(axis=0, keepdims=True)) if shared else (lambda g: g)
    for step in range(1500):
        error = sigmoid((padded * weights[None]).sum(axis=2)) - targets
        gradient = reduce((error[:, :, None] * padded).mean(axis=0)) + pull * (weights - start)
        weights -= (4.0 * (1 - step / 1500)) * gradient
    result: Floats = weights.astype(np.float32)
    return result
