"""The part that every organisation of an article plays in it, with the mention that shows it best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from pipeline.analyse import features
from pipeline.analyse.linear import Floats, Linear, hashed, load_arrays, save_arrays, softmax
from pipeline.analyse.organisations import Named
from pipeline.records import Organisation

_FILE = "roles.npz"
_HIT = "affected"
_AROUND = 7  # words to each side


@Language.factory("lagebild_roles", assigns=["doc._.organisations"], requires=["doc._.named", "doc._.incident_types"])
def make_role_finder(nlp: Language, name: str) -> RoleFinder:
    """A component that has learnt nothing yet."""
    return RoleFinder()


class RoleFinder:
    """Sets `doc._.organisations`."""

    def __init__(self, model: Linear | None = None) -> None:
        self.model = model

    def __call__(self, doc: Doc) -> Doc:
        """The document with its organisations and their roles; an incident hits at least one, if any is unassigned."""
        types = [found.type for found in doc._.incident_types]
        scores = [self._scores(doc, named, types) for named in doc._.named]
        roles = [self._labels[int(np.argmax(rows.mean(axis=0)))] for rows in scores]
        if types and _HIT not in roles and "other" in roles:
            hit, other = self._labels.index(_HIT), self._labels.index("other")
            open_ones = [i for i, role in enumerate(roles) if role == "other"]
            roles[max(open_ones, key=lambda i: float((scores[i][:, hit] - scores[i][:, other]).mean()))] = _HIT
        doc._.organisations = tuple(
            self._organisation(doc, named, role, rows)
            for named, role, rows in zip(doc._.named, roles, scores, strict=True)
        )
        return doc

    @property
    def _labels(self) -> tuple[str, ...]:
        return self.model.labels if self.model else ("other",)

    def _scores(self, doc: Doc, named: Named, types: Sequence[str]) -> Floats:
        """A row of scores for every mention."""
        if self.model is None:
            return np.zeros((len(named.places), 1), dtype=np.float32)
        seen = mention_features(doc, named, types)
        return np.stack([self.model.score(hashed(here, self.model.bits)) for here in seen])

    def _organisation(self, doc: Doc, named: Named, role: str, rows: Floats) -> Organisation:
        """The organisation with the mention that speaks most clearly for its role."""
        label = self._labels.index(role)
        start, end = named.places[int(np.argmax([softmax(row)[label] for row in rows]))]
        place = doc[start:end]
        return Organisation(
            id=named.id,
            name=named.name,
            role=role,
            sector=named.sector,
            mentions=len(named.places),
            start=place.start_char,
            end=place.end_char,
        )

    def to_disk(self, path: Path, exclude: Iterable[str] = ()) -> None:
        """Writes what has been learnt."""
        if self.model:
            save_arrays(path / _FILE, self.model.arrays("role"))

    def from_disk(self, path: Path, exclude: Iterable[str] = ()) -> RoleFinder:
        """The component with what has been learnt."""
        self.model = Linear.of_arrays("role", load_arrays(path / _FILE))
        return self


def mention_features(doc: Doc, named: Named, types: Sequence[str]) -> list[list[str]]:
    """For every mention of an organisation what is seen of it, of its surroundings and of the article."""
    most = max(len(other.places) for other in doc._.named)
    rank = "most" if len(named.places) == most else "some" if len(named.places) > 1 else "one"
    about = [f"k {named.sector}", f"r {rank}", f"kr {named.sector} {rank}", *_name_features(named.name)]
    about += [f"kt {named.sector} {type}" for type in types or ["nothing"]]
    about += [f"t {type}" for type in types or ["nothing"]] + [f"rt {rank} {type}" for type in types[:1]]
    first = doc[named.places[0][0]].sent.start
    about.append("head" if first == 0 else "late")
    return [about + _surroundings(doc, start, end) for start, end in named.places]


def _name_features(name: str) -> list[str]:
    words = name.lower().split()
    return [f"n {word}" for word in words] + [f"ne {word[-5:]}" for word in words] + [f"nn {words[0][:6]}"]


def _surroundings(doc: Doc, start: int, end: int) -> list[str]:
    sentence = doc[start].sent
    left = features.words(doc[max(sentence.start, start - _AROUND) : start])
    right = features.words(doc[end : min(sentence.end, end + _AROUND)])
    found = [f"L {word}" for word in left] + [f"R {word}" for word in right]
    found += [f"L1 {' '.join(left[-1:])}", f"L2 {' '.join(left[-2:])}", f"R1 {' '.join(right[:1])}"]
    found += [f"R2 {' '.join(right[:2])}", f"LR {' '.join(left[-1:])} _ {' '.join(right[:1])}"]
    found += [f"S {f}" for f in features.flat(features.words(sentence)) if f[0] in "wp"]
    return found
