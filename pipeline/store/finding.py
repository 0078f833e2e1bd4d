"""Articles that have all that somebody asks for: words, phrases, filters."""

from __future__ import annotations

from typing import Any

from pipeline.wordforms import Asked

MOST = 5_000  # articles: of more the latest
_AT = "coalesce(a.published_at, a.first_seen_at)"
_FILTERS = {
    "type": """a.id in (select article_id from article_types where type_id in (
                 select id from incident_types where id = {v} or name_de like '%' || {v} || '%'))""",
    "organisation": """a.id in (select article_id from article_organisations where organisation_id in (
                         select id from organisations where name like '%' || {v} || '%' union
                         select organisation_id from organisation_aliases where alias like '%' || {v} || '%'))""",
    "source": """a.source_id in (select id from sources where id like '%' || {v} || '%' or name like '%' || {v} || '%')""",
    "place": """a.id in (select article_id from mentions where label = 'LOC' and (
                  surface = {v} collate nocase or surface = {v} || 's' collate nocase))""",
    "status": """a.id in (select article_id from analyses where status = case lower({v}) when 'behauptet' then 'alleged'
                   when 'bestätigt' then 'confirmed' when 'bestritten' then 'denied' else lower({v}) end)""",
    "since": f"{_AT} >= {{v}}",
    "until": f"{_AT} < {{v}} || 'Ä'",  # after all that begins with it
}


def question(asked: Asked) -> tuple[str, dict[str, Any]]:
    """The SQL, with its values, for id, `at` and `rank` of the latest articles that have all that is asked.

    `rank` is the smaller the better (bm25).
    """
    conditions, params = [], {"forms": asked.forms, "exact": asked.exact}
    for kind, sql in _FILTERS.items():
        values = [(f"{kind}{n}", value) for n, value in enumerate(asked.of(kind))]
        if values:
            conditions.append("(" + " or ".join(sql.format(v=f":{name}") for name, _ in values) + ")")
            params |= dict(values)
    if asked.forms:
        start = "bm25(search_forms, 4.0, 1.0) as rank from search_forms f join search_documents d on d.id = f.rowid"
        start += " join articles a on a.id = d.article_id where search_forms match :forms"
        order = "f.rowid"
        if asked.exact:
            conditions.append("a.id in (select rowid from article_texts_fts where article_texts_fts match :exact)")
    elif asked.exact:
        start = "bm25(article_texts_fts) as rank from article_texts_fts f join articles a on a.id = f.rowid"
        start += " where article_texts_fts match :exact"
        order = "f.rowid"
    else:
        start, order = "0 as rank from articles a where true", "a.id"
    wanted = "".join(f" and {condition}" for condition in conditions)
    return f"select a.id, {_AT} as at, {start}{wanted} order by {order} desc limit {MOST}", params
