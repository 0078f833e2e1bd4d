"""The part that every organisation of an article plays in it, with the mention that shows it best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from pipeline.analyse.labels import ROLES, SECTORS, TYPES
from pipeline.analyse.linear import Floats, Linear, hashed, load_arrays, save_arrays, softmax
from pipeline.analyse.organisations import Named
from pipeline.analyse.standing import Standing, mention_features, standings
from pipeline.analyse.weighing import Weighing
from pipeline.records import Organisation

_FILE = "roles.npz"
_LABELS = tuple(ROLES)
_HIT, _OTHER = _LABELS.index("affected"), _LABELS.index("other")
_PREFERENCE = 1.5  # how much likelier `affected` counts than it is: one missed is worse than one too many
_LEAST = 0.2  # chance from which an unassigned organisation counts as hit where no other is
_TYPES, _SECTORS = tuple(TYPES), tuple(SECTORS)


@dataclass(frozen=True, kw_only=True)
class RoleModel:
    """What the component has learnt: scores of mentions, and how to weigh those of an organisation."""

    mention: Linear
    weighing: Weighing


@Language.factory("lagebild_roles", assigns=["doc._.organisations"], requires=["doc._.named", "doc._.incident_types"])
def make_role_finder(nlp: Language, name: str) -> RoleFinder:
    """A component that has learnt nothing yet."""
    return RoleFinder()


class RoleFinder:
    """Sets `doc._.organisations`."""

    def __init__(self, model: RoleModel | None = None) -> None:
        self.model = model

    def __call__(self, doc: Doc) -> Doc:
        """The document with its organisations and their roles; an incident hits at least one, if any is likely to be."""
        doc._.organisations = self._found(doc, self.model) if self.model and doc._.named else _without_role(doc)
        return doc

    def _found(self, doc: Doc, model: RoleModel) -> tuple[Organisation, ...]:
        types = tuple(found.type for found in doc._.incident_types)
        standing = standings(doc)
        scores = mention_scores(model.mention, doc, standing, types)
        chances = np.stack([model.weighing.chances(row) for row in role_summaries(doc, standing, scores, types)])
        chances[:, _HIT] *= _PREFERENCE
        roles = [int(np.argmax(row)) for row in chances]
        if types and _HIT not in roles and _OTHER in roles:
            unassigned = [i for i, role in enumerate(roles) if role == _OTHER]
            likeliest = max(unassigned, key=lambda i: float(chances[i, _HIT]))
            roles[likeliest] = _HIT if chances[likeliest, _HIT] >= _LEAST else _OTHER
        return tuple(
            _organisation(doc, named, _LABELS[role], int(np.argmax([softmax(row)[role] for row in rows])))
            for named, role, rows in zip(doc._.named, roles, scores, strict=True)
        )

    def to_disk(self, path: Path, exclude: Iterable[str] = ()) -> None:
        """Writes what has been learnt."""
        if self.model:
            save_arrays(path / _FILE, self.model.mention.arrays("role") | self.model.weighing.arrays())

    def from_disk(self, path: Path, exclude: Iterable[str] = ()) -> RoleFinder:
        """The component with what has been learnt."""
        arrays = load_arrays(path / _FILE)
        self.model = RoleModel(mention=Linear.of_arrays("role", arrays), weighing=Weighing.of_arrays(arrays))
        return self


def mention_scores(model: Linear, doc: Doc, standing: Sequence[Standing], types: Sequence[str]) -> list[Floats]:
    """For every organisation a row of scores for each of its mentions."""
    return [
        np.stack([model.score(hashed(here, model.bits)) for here in mention_features(doc, named, stands, types)])
        for named, stands in zip(doc._.named, standing, strict=True)
    ]


def role_summaries(
    doc: Doc, standing: Sequence[Standing], scores: Sequence[Floats], types: Sequence[str]
) -> list[Floats]:
    """For every organisation what its mentions say about each role, against the other organisations', and how it stands."""
    if not scores:
        return []
    means = [rows.mean(axis=0) for rows in scores]
    likely = np.stack([softmax(row) for row in means])
    found = []
    for index, (named, stands) in enumerate(zip(doc._.named, standing, strict=True)):
        others = np.delete(likely, index, axis=0)
        lead = likely[index] - (others.max(axis=0) if len(others) else 0)
        told = [stands.cues.get(type, 0.0) for type in _TYPES]
        kinds = [type in types for type in _TYPES] + [named.sector == sector for sector in _SECTORS]
        parts = (
            means[index],
            scores[index].max(axis=0),
            likely[index],
            lead,
            _numbers(named, stands),
            told,
            kinds,
        )
        found.append(np.concatenate([np.asarray(part, dtype=np.float32) for part in parts]))
    return found


def _numbers(named: Named, standing: Standing) -> list[float]:
    return [
        standing.headline != "none",
        standing.sentence / 5,
        standing.order / 4,
        len(named.places) / standing.most,
        standing.share,
        np.log1p(len(named.places)),
        np.log1p(standing.organisations),
        named.known,
        standing.with_cue,
        standing.organisations == 1,
        standing.early,
    ]


def _organisation(doc: Doc, named: Named, role: str, shown_by: int) -> Organisation:
    start, end = named.places[shown_by]
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


def _without_role(doc: Doc) -> tuple[Organisation, ...]:
    return tuple(_organisation(doc, named, "other", 0) for named in doc._.named)
