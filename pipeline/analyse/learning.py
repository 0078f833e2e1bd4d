"""Training of incident types, status and roles, out of articles with annotated names."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from spacy.tokens import Doc

from pipeline.analyse import features
from pipeline.analyse.certainty import status_features
from pipeline.analyse.corpus import Row
from pipeline.analyse.features import Stretch, seen_of
from pipeline.analyse.incidents import (
    LABELS,
    STATED,
    TypeModel,
    article_scores,
    chosen,
    sentence_scores,
    summary,
)
from pipeline.analyse.labels import ROLES, TYPES
from pipeline.analyse.linear import Floats, Ids, Linear, fit, hashed
from pipeline.analyse.organisations import Resolver
from pipeline.analyse.roles import RoleModel, mention_scores, role_summaries
from pipeline.analyse.standing import mention_features, standings
from pipeline.analyse.weighing import learn_weighing
from pipeline.errors import AnnotationError

SENTENCE_BITS, ARTICLE_BITS, STATUS_BITS, ROLE_BITS = 15, 15, 13, 14
_FOLDS = 4
_EVIDENCE, _NO_EVIDENCE = 4.0, 0.1  # how much a cell counts: evidence for a type; none, in an article that has the type
_OPEN = 0.3  # the same of the other types in a sentence that was written for one
_RARE = 0.7  # how much more a rare status counts than a common one: 0 as much, 1 as all of the common together
_ROLES = tuple(ROLES)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Known:
    """An annotated article in words, with its names and organisations set."""

    row: Row
    doc: Doc


@dataclass(frozen=True, kw_only=True)
class Example:
    """A sentence without an article, as it is seen, and the incident types that it shows."""

    stretch: Stretch
    types: tuple[str, ...]


def learn_types(
    train: Sequence[Known], dev: Sequence[Known], sentences: Sequence[Example] = ()
) -> tuple[TypeModel, list[tuple[str, ...]]]:
    """Types and status as learnt from one part of the articles, with cuts that fit the other part best too.

    Besides, for every article to learn from, the types that it gets from a model that has not seen it.
    """
    seen = [seen_of(known.doc) for known in train]
    summaries, targets = _unseen_summaries(train, seen, sentences)
    weighing = learn_weighing(summaries, targets)
    sentence, article = _fit_sentences(train, seen, sentences), _fit_articles(train, seen)
    _log.info("types: learnt from %d articles and %d sentences", len(train), len(sentences))
    unseen = _unseen_chances(train, summaries, targets)
    chances = unseen
    if dev:
        fresh = [weighing.chances(_summary(sentence, article, seen_of(known.doc))) for known in dev]
        chances, targets = np.concatenate([unseen, np.stack(fresh)]), np.concatenate([targets, _targets(dev)])
    cuts = best_cuts(chances, targets)
    model = TypeModel(
        sentence=sentence, article=article, status=_fit_status(train), weighing=weighing, cuts=cuts, lead=_lead(train)
    )
    return model, [tuple(LABELS[label] for label in chosen(row, cuts)) for row in unseen]


def learn_roles(train: Sequence[Known], types: Sequence[tuple[str, ...]], resolver: Resolver) -> RoleModel:
    """Roles as learnt from the organisations that articles name with their part, and the types found in each article."""
    parts = [_parts(known, resolver) for known in train]
    summaries, targets = [], []
    for learning, held in folds(train):
        mention = _fit_mentions([(train[i].doc, types[i], parts[i]) for i in learning])
        for i in held:
            doc, standing = train[i].doc, standings(train[i].doc)
            rows = role_summaries(doc, standing, mention_scores(mention, doc, standing, types[i]), types[i])
            summaries += [row for row, role in zip(rows, parts[i], strict=True) if role]
            targets += [_ROLES.index(role) for role in parts[i] if role]
    if not summaries:
        raise AnnotationError("no article to learn from names an organisation with its role")
    wanted = np.eye(len(_ROLES), dtype=np.float32)[targets]
    mention = _fit_mentions(list(zip((known.doc for known in train), types, parts, strict=True)))
    _log.info("roles: learnt from %d organisations", len(targets))
    return RoleModel(mention=mention, weighing=learn_weighing(np.stack(summaries), wanted, decay=1.0))


def _parts(known: Known, resolver: Resolver) -> list[str]:
    """The annotated role of every organisation found in the text, or nothing."""
    roles = {resolver.key(name): role for name, role in known.row.orgs}
    keys = [sorted(resolver.keys(known.doc, named) & roles.keys()) for named in known.doc._.named]
    return [roles[matching[0]] if matching else "" for matching in keys]


def _fit_mentions(articles: Sequence[tuple[Doc, tuple[str, ...], list[str]]]) -> Linear:
    rows: list[Ids] = []
    targets: list[int] = []
    weights: list[float] = []
    for doc, types, parts in articles:
        for named, standing, role in zip(doc._.named, standings(doc), parts, strict=True):
            for here in mention_features(doc, named, standing, types) if role else ():
                rows.append(hashed(here, ROLE_BITS))
                targets.append(_ROLES.index(role))
                weights.append(1 / np.sqrt(len(named.places)))
    if not rows:
        return Linear.untrained(_ROLES, ROLE_BITS)
    wanted, weight = np.eye(len(_ROLES), dtype=np.float32)[targets], np.array(weights, dtype=np.float32)
    return fit(rows, wanted, _ROLES, bits=ROLE_BITS, weights=weight, one_of=True, l2=0.2)


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
    return np.stack([_target(known.row.types) for known in articles])


def _target(types: Iterable[str]) -> Floats:
    target = np.zeros(len(LABELS), dtype=np.float32)
    for type in types:
        target[LABELS.index(type)] = target[-1] = 1
    return target


def folds(articles: Sequence[Known]) -> Iterator[tuple[list[int], list[int]]]:
    """Numbers of articles to learn from and of others to look at, so that all of one event are on one side."""
    ordered = sorted(articles, key=lambda known: (known.row.event, known.row.id))
    groups = {event: i for i, event in enumerate(dict.fromkeys(_group(known) for known in ordered))}
    for fold in range(_FOLDS):
        held = [groups[_group(known)] % _FOLDS == fold for known in articles]
        yield [i for i, out in enumerate(held) if not out], [i for i, out in enumerate(held) if out]


def _unseen_summaries(
    articles: Sequence[Known], seen: Sequence[list[Stretch]], sentences: Sequence[Example]
) -> tuple[Floats, Floats]:
    """For every article what classifiers say about it that have not seen it, and what holds."""
    summaries: dict[int, Floats] = {}
    for fold, (learning, held) in enumerate(folds(articles), 1):
        part, stretches = [articles[i] for i in learning], [seen[i] for i in learning]
        sentence, article = _fit_sentences(part, stretches, sentences), _fit_articles(part, stretches)
        summaries |= {i: _summary(sentence, article, seen[i]) for i in held}
        _log.info("types: part %d of %d compared", fold, _FOLDS)
    return np.stack([summaries[i] for i in range(len(articles))]), _targets(articles)


def _unseen_chances(articles: Sequence[Known], summaries: Floats, targets: Floats) -> Floats:
    """The probabilities by networks that have not seen the article."""
    chances = np.zeros_like(targets)
    for learning, held in folds(articles):
        weighing = learn_weighing(summaries[learning], targets[learning])
        chances[held] = np.stack([weighing.chances(summaries[i]) for i in held]) if held else 0
    return chances


def _group(known: Known) -> str:
    return known.row.event if known.row.event != "none" else known.row.id


def _summary(sentence: Linear, article: Linear, seen: Sequence[Stretch]) -> Floats:
    return summary(seen, sentence_scores(sentence, seen), article_scores(article, seen))


def _fit_sentences(articles: Sequence[Known], seen: Sequence[list[Stretch]], examples: Sequence[Example]) -> Linear:
    """Sentences and stretches of evidence; a sentence without evidence says little against a type its article has."""
    rows: list[Ids] = []
    targets: list[Floats] = []
    cells: list[Floats] = []
    for known, whole, sentences in zip(articles, _targets(articles), seen, strict=True):
        places = [place for place in known.row.evidence if place[2] in LABELS]
        spans = [known.doc.char_span(start, end, alignment_mode="expand") for start, end, _ in places]
        parts = [(span, Stretch.of(span)) for span in spans if span is not None]
        for span, stretch in [*zip(known.doc.sents, sentences, strict=True), *parts]:
            target = _target(type for start, end, type in places if start < span.end_char and end > span.start_char)
            rows.append(hashed(stretch.features(), SENTENCE_BITS))
            targets.append(target)
            cells.append(np.where(target > 0, _EVIDENCE, np.where(whole > 0, _NO_EVIDENCE, 1)).astype(np.float32))
    for example in examples:
        target = _target(example.types)
        rows.append(hashed(example.stretch.features(), SENTENCE_BITS))
        targets.append(target)
        cells.append(np.where(target > 0, _EVIDENCE, _OPEN if example.types else 1).astype(np.float32))
    return fit(rows, np.stack(targets), LABELS, bits=SENTENCE_BITS, weights=np.stack(cells), l2=0.1)


def _fit_articles(articles: Sequence[Known], seen: Sequence[list[Stretch]]) -> Linear:
    rows = [hashed(features.of_article(sentences), ARTICLE_BITS) for sentences in seen]
    targets = _targets(articles)
    return fit(rows, targets, LABELS, bits=ARTICLE_BITS, weights=np.where(targets > 0, 3, 1).astype(np.float32), l2=0.1)


def _fit_status(articles: Sequence[Known]) -> Linear:
    stated = [known for known in articles if known.row.status in STATED]
    if not stated:
        return Linear.untrained(STATED)
    index = [STATED.index(known.row.status) for known in stated]
    counts = np.bincount(index, minlength=len(STATED))
    weights = np.array([(counts.max() / counts[i]) ** _RARE for i in index], dtype=np.float32)
    rows = [hashed(status_features(known.doc), STATUS_BITS) for known in stated]
    targets = np.eye(len(STATED), dtype=np.float32)[index]
    return fit(rows, targets, STATED, bits=STATUS_BITS, weights=weights, one_of=True, l2=1.0)
