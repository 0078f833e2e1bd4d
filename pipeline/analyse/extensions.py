"""What the components hang on a spaCy document beside its entities.

| attribute | set by | holds |
|---|---|---|
| `doc._.named` | `lagebild_organisations` | tuple of `organisations.Named`: the organisations with all their mentions |
| `doc._.incident_types` | `lagebild_types` | tuple of `records.IncidentType`, main type first |
| `doc._.status` | `lagebild_types` | alleged, confirmed, denied or none |
| `doc._.organisations` | `lagebild_roles` | tuple of `records.Organisation`, with role and clearest place |
| `doc._.facts` | `lagebild_facts` | tuple of `records.Fact` in the order of the text |
| `doc._.published` | `analyse`, before the pipeline | datetime or None: the year of a day that is given without one |

The identifier of an organisation also stands on its mentions, as `ent.kb_id_`.
"""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from pipeline.analyse.facts import find_facts

for _name in ("named", "incident_types", "organisations", "facts"):
    Doc.set_extension(_name, default=(), force=True)
Doc.set_extension("status", default="none", force=True)
Doc.set_extension("published", default=None, force=True)


@Language.component("lagebild_facts", assigns=["doc._.facts"], requires=["doc._.incident_types"])
def facts(doc: Doc) -> Doc:
    """The document with its facts; people are counted as affected only where something happened."""
    evidence = [place for found in doc._.incident_types for place in found.evidence]
    found = find_facts(doc.text, evidence, doc._.published)
    doc._.facts = tuple(fact for fact in found if evidence or fact.kind != "affected")
    return doc
