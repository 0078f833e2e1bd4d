"""How an organisation stands in an article, and what is seen of each of its mentions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from spacy.tokens import Doc, Span

from pipeline.analyse import features
from pipeline.analyse.cues import find_cues
from pipeline.analyse.labels import TYPES
from pipeline.analyse.organisations import Named

_AROUND, _NEAR = 7, 3  # words to each side of a mention
_EARLY = (1, 2)  # numbers of the sentences that are the beginning of the text


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where an organisation stands among the others of its article."""

    headline: str  # only, first, also: which of the organisations in the headline it is; none
    sentence: int  # number of the sentence that names it first
    order: int  # number of organisations named before it
    most: int  # mentions of the organisation that has most of them
    share: float  # its share of all mentions
    organisations: int
    early: bool  # named at the beginning of the text, after the headline
    with_cue: float  # share of its mentions in a sentence that points to an incident
    cues: dict[str, float]  # the same for each incident type
    sentences: tuple[Span, ...]  # that of each mention


def standings(doc: Doc) -> list[Standing]:
    """How every organisation of the article stands in it."""
    spans = list(doc.sents)
    starts = [sentence.start for sentence in spans]
    cues = [{cue.type for cue in find_cues(sentence.text) if cue.type in TYPES} for sentence in spans]
    sentences = [[bisect_right(starts, start) - 1 for start, _ in named.places] for named in doc._.named]
    in_headline = [index for index, here in enumerate(sentences) if 0 in here]
    mentions = [len(here) for here in sentences]
    most, total = max(mentions, default=0), sum(mentions)
    found = []
    for index, here in enumerate(sentences):
        types = [type for number in here for type in sorted(cues[number])]
        found.append(
            Standing(
                headline=_in_headline(index, in_headline),
                sentence=min(here),
                order=index,
                most=most,
                share=len(here) / total,
                organisations=len(sentences),
                early=any(number in _EARLY for number in here),
                with_cue=sum(bool(cues[number]) for number in here) / len(here),
                cues={type: types.count(type) / len(here) for type in types},
                sentences=tuple(spans[number] for number in here),
            )
        )
    return found


def mention_features(doc: Doc, named: Named, standing: Standing, types: Sequence[str]) -> list[list[str]]:
    """For every mention of an organisation what is seen of it, of its surroundings and of the article."""
    times = len(named.places)
    rank = "most" if times == standing.most else "some" if times > 1 else "one"
    head, sector = standing.headline, named.sector
    about = [f"k {sector}", f"r {rank}", f"kr {sector} {rank}", *_name_features(named.name)]
    about += [f"kt {sector} {type}" for type in types or ["nothing"]]
    about += [f"t {type}" for type in types or ["nothing"]] + [f"rt {rank} {type}" for type in types[:1]]
    about += [f"hd {head}", f"hk {head} {sector}", f"ht {head} {types[0] if types else 'nothing'}"]
    about += [f"o {min(standing.order, 4)}", f"oh {min(standing.order, 2)} {head} {rank}", f"kn {named.known}"]
    about += [f"sn {_step(standing.sentence, 1, 2, 3, 5, 8)}", f"hr {head} {rank} {_step(standing.sentence, 1, 3, 8)}"]
    about += [
        f"sh {_step(standing.share, 0.08, 0.15, 0.25, 0.4, 0.6)}",
        f"no {_step(standing.organisations, 2, 4, 7, 11)}",
    ]
    mentions = zip(standing.sentences, named.places, strict=True)
    return [about + _surroundings(doc, sentence, start, end) for sentence, (start, end) in mentions]


def _in_headline(index: int, in_headline: Sequence[int]) -> str:
    if index not in in_headline:
        return "none"
    return "only" if len(in_headline) == 1 else "first" if in_headline[0] == index else "also"


def _step(number: float, *steps: float) -> int:
    return sum(number >= step for step in steps)


def _name_features(name: str) -> list[str]:
    words = name.lower().split()
    found = [f"n {word}" for word in words] + [f"ne {word[-5:]}" for word in words]
    return [*found, f"nn {words[0][:6]}", f"nl {words[-1]}"]


def _surroundings(doc: Doc, sentence: Span, start: int, end: int) -> list[str]:
    left = features.words(doc[max(sentence.start, start - _AROUND) : start])
    right = features.words(doc[end : min(sentence.end, end + _AROUND)])
    found = [f"L {word}" for word in left] + [f"R {word}" for word in right]
    found += [f"L1 {' '.join(left[-1:])}", f"L2 {' '.join(left[-2:])}", f"R1 {' '.join(right[:1])}"]
    found += [f"R2 {' '.join(right[:2])}", f"LR {' '.join(left[-1:])} _ {' '.join(right[:1])}"]
    found += [f"L3 {' '.join(left[-_NEAR:])}", f"R3 {' '.join(right[:_NEAR])}"]
    found += [f"LN {word[-6:]}" for word in left[-_NEAR:]] + [f"RN {word[:6]}" for word in right[:_NEAR]]
    found.append(f"st {start - sentence.start <= 1} {' '.join(right[:1])}")
    found += [f"S {f}" for f in features.flat(features.words(sentence)) if f[0] in "wp"]
    for side, text in (("C", sentence.text), ("CL", doc[max(sentence.start, start - _AROUND) : start].text)):
        found += [f"{side} {type}" for type in dict.fromkeys(cue.type for cue in find_cues(text))]
    return found
