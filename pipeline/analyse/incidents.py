"""Incident types of an article with their evidence, and whether the incident is alleged, confirmed or denied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span

from pipeline.analyse import features
from pipeline.analyse.cues import count_cues
from pipeline.analyse.labels import STATUSES, TYPES
from pipeline.analyse.linear import Floats, Linear, hashed, load_arrays, save_arrays, sigmoid
from pipeline.records import IncidentType
from pipeline.records import Span as Place

LABELS = (*TYPES, "incident")
STATED = tuple(status for status in STATUSES if status != "none")
SUMMARY = 9  # numbers about one label in one article, see summary()
_FILE = "types.npz"
_PLACES = 3  # at most so many places of evidence
_SHORTEST, _LONGEST = 2, 10


# How often a type is the main one where it occurs, counted over the training articles (Laplace's rule).
_LEADS = {
    "data_breach": 0.31,
    "cyberattack": 0.27,
    "ransomware": 0.84,
    "malware": 0.69,
    "phishing": 0.54,
    "ddos": 0.62,
    "vulnerability": 0.67,
    "extortion": 0.12,
    "insider_misuse": 0.62,
    "accidental_disclosure": 0.5,
    "theft_or_loss": 0.78,
    "third_party": 0.01,
    "privacy_violation": 0.36,
    "sanction": 0.36,
    "billing_fraud": 0.92,
    "corruption": 0.63,
    "outage": 0.83,
}


@dataclass(frozen=True, kw_only=True)
class TypeModel:
    """What the component has learnt: scores of sentences and articles, how to weigh them, where to cut."""

    sentence: Linear
    article: Linear
    status: Linear
    weighing: Floats  # a row for each label: SUMMARY weights and a bias
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
        scores = sentence_scores(model.sentence, sentences)
        chances = weighed(model.weighing, summary(sentences, scores, article_scores(model.article, doc)))
        found = []
        for label in sorted(chosen(chances, model.cuts), key=lambda label: -chances[label] * model.lead[label]):
            evidence = self._evidence(model, sentences, scores[:, label], label)
            found.append(IncidentType(type=LABELS[label], score=round(float(chances[label]), 4), evidence=evidence))
        return tuple(sorted(found, key=lambda type: -type.score * _LEADS[type.type]))

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
            save_arrays(path / _FILE, arrays | {"weighing": model.weighing, "cuts": model.cuts, "lead": model.lead})

    def from_disk(self, path: Path, exclude: Iterable[str] = ()) -> TypeFinder:
        """The component with what has been learnt."""
        arrays = load_arrays(path / _FILE)
        self.model = TypeModel(
            sentence=Linear.of_arrays("sentence", arrays),
            article=Linear.of_arrays("article", arrays),
            status=Linear.of_arrays("status", arrays),
            weighing=arrays["weighing"].astype(np.float32),
            cuts=arrays["cuts"].astype(np.float32),
            lead=arrays["lead"].astype(np.float32),
        )
        return self


def sentence_features(sentence: Span | Sequence[str]) -> list[str]:
    """What is seen of a sentence or a piece of it."""
    return features.flat(features.words(sentence) if isinstance(sentence, Span) else sentence)


def article_features(doc: Doc) -> list[str]:
    """What is seen of an article: its words and pairs of words, those of the headline once more."""
    found = features.words(doc)
    wanted = [f for f in features.flat(found) if f[0] in "wbpe"]
    headline = next(iter(doc.sents), None)
    return wanted + [f"h{f}" for f in (sentence_features(headline) if headline is not None else ()) if f[0] in "wpc"]


def sentence_scores(model: Linear, sentences: Sequence[Span]) -> Floats:
    """The score of every label in every sentence."""
    return np.stack([model.score(hashed(sentence_features(sentence), model.bits)) for sentence in sentences])


def article_scores(model: Linear, doc: Doc) -> Floats:
    """The score of every label for the article as a whole."""
    return model.score(hashed(article_features(doc), model.bits))


def summary(sentences: Sequence[Span], scores: Floats, article: Floats) -> Floats:
    """For every label what sentences, article and cues say about it, and what they say about an incident at all."""
    ranked = -np.sort(-scores, axis=0)
    best, top = ranked[0] / 4, ranked[:4].mean(axis=0) / 4
    found = np.array([count_cues(sentence.text) for sentence in sentences], dtype=np.float32)
    found = np.concatenate([found, found.max(axis=1, keepdims=True)], axis=1)
    often, early, share = np.log1p(found.sum(axis=0)), found[:2].max(axis=0) > 0, 5 * (found > 0).mean(axis=0)
    often[-1], share[-1] = often[:-1].max(), share[:-1].max()
    own = [best, top, article / 4, often, early, share]
    at_all = [np.full_like(column, column[-1]) for column in (best, article / 4, often)]
    result: Floats = np.clip(np.stack([*own, *at_all], axis=1), -4, 4).astype(np.float32)
    return result


def weighed(weighing: Floats, columns: Floats) -> Floats:
    """The probability of every label."""
    return sigmoid((weighing[:, :-1] * columns).sum(axis=1) + weighing[:, -1])


def chosen(chances: Floats, cuts: Floats) -> list[int]:
    """The labels that hold, most probable first; none without an incident, at least one with it."""
    if chances[-1] < cuts[-1]:
        return []
    order = [int(i) for i in np.argsort(-chances[:-1], kind="stable")]
    return [i for i in order if chances[i] >= cuts[i]] or order[:1]


def status_features(doc: Doc) -> list[str]:
    """What is seen of an article to tell how sure its incident is."""
    return [f for f in features.flat(features.words(doc)) if f[0] in "wb"]


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
