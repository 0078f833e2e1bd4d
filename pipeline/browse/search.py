"""The search: articles that have all that is asked, the best first, each with the stretch of its text that fits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.browse.marks import Highlight, Piece, mark
from pipeline.browse.queries import Database, rows
from pipeline.browse.shown import Hit, OrganisationHit, Quoted, Search
from pipeline.store import finding
from pipeline.wordforms import Asked, forms, read

HITS = 20  # on a page
_AROUND = 36  # words of a snippet
_READ = 20_000  # characters of a text in which its snippet is looked for
_WORD = re.compile(r"\w+")
_BARE = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})
# bm25 is the smaller the better (Robertson and Zaragoza 2009, as SQLite has it); a headline counts four times, and each of
# up to three years takes back a little.
_ORDER = "rank + 0.3 * min(3, (julianday('now') - julianday(at)) / 365)"


async def search(db: Database, typed: str, page: int, *, snippets: bool = True) -> Search:
    """One page of what fits best, and organisations of that name; without snippets no text is shown."""
    asked = read(typed)
    if not asked:
        return Search(q=typed, page=1, pages=0, total=0, hits=(), organisations=(), strange=asked.strange)
    hits = await _page(db, asked, page)
    if not hits and page > 1:
        found, params = finding.question(asked)
        [counted] = await db.execute(f"select count(*) from ({found})", params)
        page = max(1, -(-int(counted[0]) // HITS))
        hits = await _page(db, asked, page)
    total = hits[0].total if hits else 0
    return Search(
        q=typed,
        page=page if hits else 1,
        pages=-(-total // HITS),
        total=total,
        hits=tuple(
            Quoted(what=hit, quote=snippet(hit.text.removeprefix(hit.title), asked) if snippets else ()) for hit in hits
        ),
        organisations=await _organisations(db, asked),
        strange=asked.strange,
    )


async def _page(db: Database, asked: Asked, page: int) -> tuple[Hit, ...]:
    found, params = finding.question(asked)
    return await rows(
        db,
        Hit,
        f"""with found as materialized ({found}),
              best as (select id, at, {_ORDER} as place from found order by place, id desc limit {HITS} offset :skip)
            select a.id, a.title, b.at, s.name as source, substr(t.text, 1, {_READ}) as text,
                   ia.incident_id, i.slug as incident_slug, i.title as incident_title,
                   (select count(*) from found) as total
            from best b join articles a on a.id = b.id join sources s on s.id = a.source_id
            join article_texts t on t.article_id = a.id
            left join incident_articles ia on ia.article_id = a.id left join incidents i on i.id = ia.incident_id
            order by b.place, a.id desc""",
        skip=(max(1, page) - 1) * HITS,
        **params,
    )


async def _organisations(db: Database, asked: Asked) -> tuple[OrganisationHit, ...]:
    named = asked.of("organisation") or asked.phrases or (asked.words,)
    if not named[0]:
        return ()
    return await rows(
        db,
        OrganisationHit,
        "select id, name, sector from organisations where instr(lower(name), lower(:named)) order by length(name) limit 6",
        named=named[0],
    )


def snippet(text: str, asked: Asked) -> tuple[Piece, ...]:
    """The stretch of a text in which most of what is asked stands together, with it marked."""
    there = list(_WORD.finditer(text))
    hits = dict(_hits(text, there, asked))
    first = max(range(len(there)), key=lambda i: (_told(hits, i), -i), default=0)
    begin = max(0, first - 4)
    stretch = there[begin : begin + _AROUND]
    if not stretch:
        return ()
    start, end = stretch[0].start(), stretch[-1].end()
    before, after = "… " if begin else "", " …" if begin + _AROUND < len(there) else text[end : end + 1]
    shown = before + re.sub(r"\s", " ", text[start:end]) + after
    marked = [
        Highlight(
            start=word.start() - start + len(before),
            end=word.end() - start + len(before),
            kind="evidence",
            label="hit",
            title="Fundstelle",
        )
        for number, word in enumerate(stretch, begin)
        if number in hits
    ]
    return mark(shown, marked)


def _told(hits: dict[int, str], first: int) -> int:
    """How many different things a snippet that begins with a hit shows."""
    if first not in hits:
        return 0
    return len({hits[i] for i in range(first, first + _AROUND - 4) if i in hits})


def _hits(text: str, there: list[re.Match[str]], asked: Asked) -> Iterator[tuple[int, str]]:
    """The numbers of the words that are asked for, and what each answers."""
    wanted, heads = frozenset(asked.stems), tuple({stem[:3] for stem in asked.stems})
    small = [word[0].casefold() for word in there]
    for number, word in enumerate(small):
        bare = word.translate(_BARE)
        if any(head in bare for head in heads) and (answers := wanted & frozenset(forms(word))):
            yield number, min(answers)
        elif beginning := next((one for one in asked.prefixes if word.startswith(one)), None):
            yield number, beginning
    for phrase in asked.phrases:
        parts = phrase.split()
        for number in range(len(small) - len(parts) + 1):
            if small[number : number + len(parts)] == parts:
                yield from ((number + n, phrase) for n in range(len(parts)))
