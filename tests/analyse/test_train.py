"""A model can be made from a handful of articles, saved, loaded and measured."""

import json
import logging

import pytest

from pipeline.analyse import analyse, evaluate, load, read_rows, train
from pipeline.analyse.naming import blank
from pipeline.errors import AnnotationError, ModelError

TOWNS = ("Auental", "Birkenau", "Celle", "Dornum")


def rows():
    """Forty articles after two patterns: servers encrypted at a firm, or a fair in a town."""
    for n in range(40):
        town, firm = TOWNS[n % 4], f"Quellwall {n} GmbH"
        attack = f"Angriff auf {firm}\n\nUnbekannte haben Server der {firm} in {town} verschlüsselt."
        fair = f"Messe in {town}\n\nDie {firm} zeigt in {town} neue Geräte."
        text = attack if n % 2 else fair
        spans = [
            [at, at + len(name), label] for name, label in ((firm, "ORG"), (town, "LOC")) for at in places(text, name)
        ]
        evidence = [[text.index("Server"), text.index("verschlüsselt") + 13, "ransomware"]] if n % 2 else []
        yield {
            "id": f"a{n}", "event": f"e{n}" if n % 2 else "none", "text": text, "spans": spans, "evidence": evidence,
            "types": ["ransomware"] if n % 2 else [], "status": "confirmed" if n % 2 else "none",
            "orgs": {firm: "affected" if n % 2 else "other"},
        }  # fmt: skip


def places(text, name):
    return [at for at in range(len(text)) if text.startswith(name, at)]


def known(folder, organisations):
    (folder / "organisations.jsonl").write_text(organisations, encoding="utf-8")
    (folder / "malware.jsonl").write_text('{"name": "Quallenwurm", "kind": "worm"}\n', encoding="utf-8")


SENTENCES = """
ransomware:
  - Alle Server wurden verschlüsselt.
none:
  - Auf der Messe gab es neue Geräte.
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    (folder / "few.jsonl").write_text("\n".join(json.dumps(row) for row in rows()), encoding="utf-8")
    known(folder, '{"id": "celle", "name": "Stadt Celle"}\n')
    (folder / "sentences.yml").write_text(SENTENCES, encoding="utf-8")
    page = train(
        [folder / "few.jsonl"],
        [],
        folder / "made",
        knowledge=folder,
        sentences=[folder / "sentences.yml"],
        metrics=folder / "metrics.json",
        epochs=12,
    )
    return folder, page


def test_the_model_works_after_loading(made):
    folder, _ = made
    analysis = analyse(load(folder / "made"), "Angriff\n\nUnbekannte haben Server der Quellwall 99 GmbH verschlüsselt.")
    assert [found.type for found in analysis.types] == ["ransomware"]
    assert [(o.name, o.role) for o in analysis.organisations] == [("Quellwall 99 GmbH", "affected")]


def test_the_figures_are_those_of_unseen_articles(made):
    folder, page = made
    assert json.loads((folder / "metrics.json").read_text(encoding="utf-8")) == page
    assert page["test"]["few"]["articles"] == page["data"]["articles"]["few.test"]
    assert page["test"]["few"]["mentions"]["ORG"]["f1"] > 0.8
    unseen = [row for row in read_rows(folder / "few.jsonl") if row.part == "test"]
    again = evaluate(load(folder / "made"), unseen)
    assert again["few"] == page["test"]["few"]


def test_a_model_of_the_whole_data_leaves_the_figures_alone(made, tmp_path):
    folder, _ = made
    page = train(
        [folder / "few.jsonl"], [], tmp_path / "whole", knowledge=folder, metrics=tmp_path / "m", whole=True, epochs=1
    )
    assert page == {}
    assert not (tmp_path / "m").exists()
    assert analyse(load(tmp_path / "whole"), "Der Quallenwurm ist zurück.").mentions[0].label == "MISC"


def test_floors_outlive_new_figures(made):
    from pipeline.analyse.training import write_metrics

    folder, page = made
    path = folder / "kept.json"
    path.write_text('{"floors": {"x": 1}}', encoding="utf-8")
    write_metrics(path, page)
    assert json.loads(path.read_text(encoding="utf-8")) == page | {"floors": {"x": 1}}


def test_misaligned_annotations_are_told_in_the_log(tmp_path, caplog):
    from pipeline.analyse.naming import learn_names

    (tmp_path / "rows.jsonl").write_text(
        json.dumps({"id": "a", "text": "Die Quellwall GmbH kam. " * 3, "spans": [[4, 9, "ORG"], [28, 42, "ORG"]]}),
        encoding="utf-8",
    )
    found = list(read_rows(tmp_path / "rows.jsonl"))
    with caplog.at_level(logging.INFO, logger="pipeline.analyse"):
        assert learn_names(blank(), found, [], [], epochs=1, seed=1, minutes=None) == 1
    assert "1 annotations miss the borders of words: a:4-9 ORG 'Quell'" in caplog.text


def test_too_few_articles_are_refused(tmp_path):
    (tmp_path / "one.jsonl").write_text('{"id": "a", "text": "x"}', encoding="utf-8")
    known(tmp_path, "")
    with pytest.raises(AnnotationError, match="too few articles"):
        train([tmp_path / "one.jsonl"], [], tmp_path / "made", knowledge=tmp_path)


def test_vectors_of_another_kind_are_refused(tmp_path):
    (tmp_path / "vectors").write_text("these are none\n", encoding="utf-8")
    with pytest.raises(ModelError, match="not a file of floret vectors"):
        blank(tmp_path / "vectors")


def test_vectors_are_read(tmp_path):
    lines = ["4 3 2 3 1 0 < >", *(f"{n} 0.{n} 1 2" for n in range(4))]
    (tmp_path / "vectors").write_text("\n".join(lines), encoding="utf-8")
    assert blank(tmp_path / "vectors").vocab.vectors.shape == (4, 3)
