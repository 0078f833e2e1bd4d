"""Incident types of an article with their evidence, and whether the incident is alleged, confirmed or denied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span

from pipeline.analyse import features
from pipeline.analyse.certainty import status_features
from pipeline.analyse.cues import SCOPES
from pipeline.analyse.features import Stretch
from pipeline.analyse.labels import STATUSES, TYPES
from pipeline.analyse.linear import Floats, Linear, hashed, load_arrays, save_arrays
from pipeline.analyse.weighing import Weighing
from pipeline.records import IncidentType
from pipeline.records import Span as Place

LABELS = (*TYPES, "incident")
STATED = tuple(status for status in STATUSES if status != "none")
_FILE = "types.npz"
_PLACES = 3  # at most so many places of evidence
_SHORTEST, _LONGEST = 2, 10
_LEAD = 2  # sentences that tell what an article is about
_MOST = 3  # cues of a type are counted up to so many in a sentence


@dataclass(frozen=True, kw_only=True)
class TypeModel:
    """What the component has learnt: scores of sentences and articles, how to weigh them, where to cut."""

    sentence: Linear
    article: Linear
    status: Linear
    weighing: Weighing
    cuts: Floats  # a probability for each label
    lead: Floats  # for each type how often it is the main one where it occurs


@Language.factory("lagebild_types", assigns=["doc._.incident_types", "doc._.status"], requires=["doc.ents"])
def make_type_finder(nlp: Language, name: str) -> TypeFinder:
    """A component that has learnt nothing yet."""
    return TypeFinder()


class TypeFinder:
    """Sets `doc._.incident_types` and `doc._.status`."""

    def __init__(self, model: TypeModel | None = None) -> None:
        self.model = model

    def __call__(self, doc: Doc) -> Doc:
        """The document with its incident types, the likeliest main type first."""
        doc._.incident_types, doc._.status = (), "none"
        if self.model and len(doc):
            doc._.incident_types = self.find(doc, self.model)
            if doc._.incident_types:
                doc._.status = status_of(self.model, doc)
        return doc

    def find(self, doc: Doc, model: TypeModel) -> tuple[IncidentType, ...]:
        """The types that the article supports, with evidence, main type first."""
        sentences = list(doc.sents)
        stretches = features.seen_of(doc)
        scores = sentence_scores(model.sentence, stretches)
        chances = model.weighing.chances(summary(stretches, scores, article_scores(model.article, stretches)))
        found = []
        for label in sorted(chosen(chances, model.cuts), key=lambda label: -chances[label] * model.lead[label]):
            evidence = self._evidence(model, sentences, scores[:, label], label)
            found.append(IncidentType(type=LABELS[label], score=round(float(chances[label]), 4), evidence=evidence))
        return tuple(found)

    def _evidence(self, model: TypeModel, sentences: Sequence[Span], scores: Floats, label: int) -> tuple[Place, ...]:
        order = np.argsort(-scores, kind="stable")[:_PLACES]
        enough = max(0.0, float(scores[order[0]]) - 1.5)
        places = [window(model.sentence, sentences[i], label) for i in order if i == order[0] or scores[i] > enough]
        return tuple(place for place in places if place is not None)

    def to_disk(self, path: Path, exclude: Iterable[str] = ()) -> None:
        """Writes what has been learnt."""
        if self.model:
            model = self.model
            arrays = model.sentence.arrays("sentence") | model.article.arrays("article") | model.status.arrays("status")
            save_arrays(path / _FILE, arrays | model.weighing.arrays() | {"cuts": model.cuts, "lead": model.lead})

    def from_disk(self, path: Path, exclude: Iterable[str] = ()) -> TypeFinder:
        """The component with what has been learnt."""
        arrays = load_arrays(path / _FILE)
        self.model = TypeModel(
            sentence=Linear.of_arrays("sentence", arrays),
            article=Linear.of_arrays("article", arrays),
            status=Linear.of_arrays("status", arrays),
            weighing=Weighing.of_arrays(arrays),
            cuts=arrays["cuts"].astype(np.float32),
            lead=arrays["lead"].astype(np.float32),
        )
        return self


def sentence_scores(model: Linear, sentences: Sequence[Stretch]) -> Floats:
    """The score of every label in every sentence."""
    return np.stack([model.score(hashed(sentence.features(), model.bits)) for sentence in sentences])


def article_scores(model: Linear, sentences: Sequence[Stretch]) -> Floats:
    """The score of every label for the article as a whole."""
    return model.score(hashed(features.of_article(sentences), model.bits))


def summary(sentences: Sequence[Stretch], scores: Floats, article: Floats) -> Floats:
    """What the best sentences, the article and the cues say about every label, and how often and where scopes are named."""
    ranked = -np.sort(-scores, axis=0)
    often = Counter[str]()
    for sentence in sentences:
        often.update({type: min(times, _MOST) for type, times in Counter(c.type for c in sentence.cues).items()})
    cues = np.log1p([often[label] for label in LABELS])
    cues[-1] = cues[:-1].max()
    early = {cue.type for sentence in sentences[:_LEAD] for cue in sentence.cues}
    scopes = [number for scope in SCOPES for number in (np.log1p(often[scope]), float(scope in early))]
    told = [ranked[0] / 4, ranked[:4].mean(axis=0) / 4, article / 4, cues]
    result: Floats = np.clip(np.concatenate([*told, scopes]), -4, 4).astype(np.float32)
    return result


def chosen(chances: Floats, cuts: Floats) -> list[int]:
    """The labels that hold, most probable first; none without an incident, at least one with it."""
    if chances[-1] < cuts[-1]:
        return []
    order = [int(i) for i in np.argsort(-chances[:-1], kind="stable")]
    return [i for i in order if chances[i] >= cuts[i]] or order[:1]


def status_of(model: TypeModel, doc: Doc) -> str:
    """Whether the incident of an article is alleged, confirmed or denied."""
    scores = model.status.score(hashed(status_features(doc), model.status.bits))
    return model.status.labels[int(np.argmax(scores))]


def window(model: Linear, sentence: Span, label: int) -> Place | None:
    """The stretch of a sentence that speaks most for a label, 2 to 10 words long."""
    placed = features.placed_words(sentence)
    if not placed:
        return None
    weights = model.weights[:, label]
    gains = [float(weights[hashed(here, model.bits)].sum()) for here in features.grams([w for w, _, _ in placed])]
    sums = np.concatenate([[0.0], np.cumsum(gains)])
    best, where = -np.inf, (0, len(placed))
    for start in range(len(placed)):
        for length in range(min(_SHORTEST, len(placed)), _LONGEST + 1):
            if start + length > len(placed):
                break
            gain = float(sums[start + length] - sums[start])
            if gain > best:
                best, where = gain, (start, start + length)
    first, last = placed[where[0]][1], placed[where[1] - 1][2]
    stretch = sentence.doc[first:last]
    return Place(start=stretch.start_char, end=stretch.end_char)
