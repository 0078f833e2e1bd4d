"""Names, incident types, organisations with roles, status and facts of a text: `analyse(nlp, text)`.

    text -> words, sentences -> names -> organisations -> incident types, status -> facts -> roles -> Analysis

`tokens`, `naming` (names), `organisations`, `incidents`, `facts` and `roles` are the components of one spaCy pipeline;
`extensions` says what they leave on a document, `reading` turns documents into records, `lines` serves JSON lines.
`corpus`, `learning`, `training` and `scoring` make and measure the model; `labels` holds the vocabulary and
`knowledge` the organisations that are known by name.
"""

from pipeline.analyse.corpus import read_lines, read_rows
from pipeline.analyse.knowledge import KnownOrganisation, load_knowledge
from pipeline.analyse.lines import Refused, Request, annotate, read_jsonl
from pipeline.analyse.organisations import known_organisations
from pipeline.analyse.reading import analyse, analyse_many, annotation, load
from pipeline.analyse.scoring import evaluate
from pipeline.analyse.training import train

__all__ = [
    "KnownOrganisation",
    "Refused",
    "Request",
    "analyse",
    "analyse_many",
    "annotate",
    "annotation",
    "evaluate",
    "known_organisations",
    "load",
    "load_knowledge",
    "read_jsonl",
    "read_lines",
    "read_rows",
    "train",
]
