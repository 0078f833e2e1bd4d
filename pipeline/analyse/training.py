"""From annotated data to the model: names, then organisations, types, status and roles, then scores on unseen events."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spacy.language import Language

from pipeline.analyse.corpus import Row, Sentence, read_all, read_sentences, with_mentions
from pipeline.analyse.features import Stretch
from pipeline.analyse.incidents import TypeFinder
from pipeline.analyse.knowledge import load_knowledge, load_malware
from pipeline.analyse.learning import Example, Known, learn_roles, learn_types
from pipeline.analyse.naming import CONFIG, blank, learn_names
from pipeline.analyse.organisations import Resolver
from pipeline.analyse.roles import RoleFinder
from pipeline.analyse.scoring import evaluate
from pipeline.errors import AnnotationError, ModelError

NAME, VERSION = "lagebild", "0.2.0"
# Figures of rules that were written with all articles in view, those of the test part included.
SEEN_BY_RULES = ("affected_number", "affected_number_stated")
_log = logging.getLogger(__name__)


def train(
    corpus: Sequence[Path],
    ner: Sequence[Path],
    out: Path,
    *,
    knowledge: Path,
    sentences: Sequence[Path] = (),
    metrics: Path | None = None,
    vectors: Path | None = None,
    config: Path = CONFIG,
    seed: int = 1,
    epochs: int = 10,
    minutes: float | None = None,
    whole: bool = False,
) -> dict[str, Any]:
    """The figures of the model on events it has not seen; the model lies in `out` and the figures in `metrics` afterwards.

    A model of the `whole` data has seen all events: it has no figures of its own.
    """
    rows, names = read_all(corpus), read_all(ner)
    told = [sentence for path in sentences for sentence in read_sentences(path)]
    parts = _parts(rows, corpus, whole)
    nlp = blank(vectors, config)
    missed = learn_names(nlp, parts["train"], names, parts["dev"], epochs=epochs, seed=seed, minutes=minutes)
    build(nlp, parts["train"], parts["dev"], knowledge, told)
    nlp.meta |= {"name": NAME, "version": VERSION, "description": "Names, incidents and roles in German news"}
    _write(nlp, out)
    if whole:
        return {}
    _log.info("measuring on %d articles", len(parts["test"]))
    page = {
        "model": f"{NAME} {VERSION}",
        "data": _data(rows, names, missed),
        "not_held_out": list(SEEN_BY_RULES),
        "test": evaluate(nlp, parts["test"]),
    }
    if metrics is not None:
        write_metrics(metrics, page)
    return page


def build(
    nlp: Language, train: Sequence[Row], dev: Sequence[Row], knowledge: Path, sentences: Sequence[Sentence] = ()
) -> None:
    """Puts what comes after the names into the pipeline: organisations, types, facts and roles."""
    for name in ("lagebild_organisations", "lagebild_types", "lagebild_facts", "lagebild_roles"):
        if name in nlp.pipe_names:
            nlp.remove_pipe(name)
    nlp.add_pipe("lagebild_organisations")
    resolver = Resolver(load_knowledge(knowledge / "organisations.jsonl"), load_malware(knowledge / "malware.jsonl"))
    articles = known_articles(nlp, resolver, train)
    seen = [Example(stretch=Stretch.of(nlp.make_doc(s.text)[:]), types=s.types) for s in sentences]
    types, unseen = learn_types(articles, known_articles(nlp, resolver, dev), seen)
    learnt = {
        "lagebild_organisations": resolver,
        "lagebild_types": TypeFinder(types),
        "lagebild_roles": RoleFinder(learn_roles(articles, unseen, resolver)),
    }
    for name, component in learnt.items():
        _install(nlp, name, component)
    nlp.add_pipe("lagebild_facts", after="lagebild_types")


def _parts(rows: Sequence[Row], corpus: Sequence[Path], whole: bool) -> dict[str, list[Row]]:
    """The articles to learn from, to choose by and to measure on."""
    if whole:
        return {"train": list(rows), "dev": [], "test": []}
    parts = {part: [row for row in rows if row.part == part] for part in ("train", "dev", "test")}
    if not parts["train"] or not parts["test"]:
        raise AnnotationError(
            f"{', '.join(map(str, corpus))}: too few articles to learn from some and to measure on others"
        )
    return parts


def known_articles(nlp: Language, resolver: Resolver, rows: Sequence[Row]) -> list[Known]:
    """The articles in words, with the annotated names and the organisations behind them."""
    return [Known(row=row, doc=resolver.settle(with_mentions(nlp, row)[0])) for row in rows if row.complete]


def write_metrics(path: Path, page: dict[str, Any]) -> None:
    """Writes a page of figures; the floors that a page at this place already holds are kept."""
    try:
        before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        floors = {"floors": before["floors"]} if "floors" in before else {}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(page | floors, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except (OSError, json.JSONDecodeError) as exc:
        raise ModelError(f"{path}: the figures cannot be written: {exc}") from exc


def _install(nlp: Language, name: str, component: Any) -> None:
    pipe: Any = nlp.get_pipe(name) if name in nlp.pipe_names else nlp.add_pipe(name)
    vars(pipe).update(vars(component))


def _write(nlp: Language, out: Path) -> None:
    """Writes the model without the words of the texts it has read: they are no part of it, and not ours to pass on."""
    own = {*blank().vocab.strings, *(label for pipe in nlp.pipe_names for label in nlp.pipe_labels.get(pipe, ()))}
    try:
        nlp.to_disk(out)
        (out / "vocab" / "strings.json").write_text(json.dumps(sorted(own), ensure_ascii=False), encoding="utf-8")
    except OSError as exc:
        raise ModelError(f"{out}: the model cannot be written: {exc}") from exc


def _data(rows: Sequence[Row], names: Sequence[Row], missed: int) -> dict[str, Any]:
    """What was learnt from and measured on, by file and part, and a fingerprint of the test events."""
    parts = Counter(f"{row.file}.{row.part}" for row in rows)
    test = "\n".join(sorted(row.id for row in rows if row.part == "test"))
    return {
        "articles": dict(sorted(parts.items())),
        "texts_for_names": len(names),
        "misaligned_annotations": missed,
        "test_fingerprint": hashlib.sha256(test.encode()).hexdigest()[:12],
    }
