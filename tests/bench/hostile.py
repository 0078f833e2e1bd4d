"""Whether hostile pages do harm: thousands made from real ones, each read in the time that a page may take.

    python -m tests.bench.hostile [--pages DIR] [--inputs 10000] [--seed 7]

DIR holds pages, gzipped or not; by default the project's own. Prints one JSON line: inputs by what was done to them, the
longest and the mean time in seconds of processor, refused pages by reason, crashes, texts with markup, the peak memory
in MB, and how much it has grown since the first fifth. `--inputs 10000 --untouched` reads the pages as they are instead.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import ExtractError
from pipeline.extract import extract
from pipeline.records import Entry, Page

OWN = Path(__file__).parent.parent / "data" / "pages"
URL = "https://zeitung.example/meldung/1"
ELEMENT = re.compile(
    r"</?(?:p|div|span|b|i|em|strong|a|ul|ol|li|table|tr|td|script|style|article|section|h[1-6]|br|img|head|body|html)"
    r"(?:\s[^<>]*)?/?>",
    re.I,
)
BOMB = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)


def cut(page: bytes, rng: random.Random) -> bytes:
    """The page up to somewhere."""
    return page[: rng.randrange(len(page))]


def holes(page: bytes, rng: random.Random) -> bytes:
    """Pieces taken out, also from the middle of tags and characters."""
    for _ in range(rng.randrange(1, 40)):
        start = rng.randrange(len(page))
        page = page[:start] + page[start + rng.randrange(1, 200) :] or b"<"
    return page


def nested(page: bytes, rng: random.Random) -> bytes:
    """Thousands of elements opened around the page or in it, closed or not."""
    name = rng.choice([b"div", b"span", b"b", b"ul><li", b"table><tr><td", b"blockquote", b"svg", b"form", b"p><font"])
    depth = rng.choice([200, 2_000, 20_000])
    start = rng.randrange(len(page))
    closing = b"".join(b"</%s>" % part for part in reversed(name.split(b"><"))) * depth
    return page[:start] + b"<%s>" % name * depth + page[start:] + rng.choice([b"", closing])


def nulls(page: bytes, rng: random.Random) -> bytes:
    """Null bytes and other controls strewn in."""
    found = bytearray(page)
    for _ in range(rng.randrange(1, 300)):
        found.insert(rng.randrange(len(found)), rng.choice([0, 0, 0, 1, 8, 11, 27, 127]))
    return bytes(found)


def noise(page: bytes, rng: random.Random) -> bytes:
    """Bytes replaced by any others."""
    found = bytearray(page)
    for _ in range(rng.randrange(1, 2_000)):
        found[rng.randrange(len(found))] = rng.randrange(256)
    return bytes(found)


def entities(page: bytes, rng: random.Random) -> bytes:
    """Entities that are wrong, unknown, out of range or without an end."""
    wrong = [
        b"&#0;",
        b"&#xD800;",
        b"&#x110000;",
        b"&#99999999999;",
        b"&unknown;",
        b"&amp",
        b"&",
        b"&#;",
        b"&lt",
        b"&#x0;",
    ]
    return re.sub(rb" ", lambda _: rng.choice([b" ", b" ", *wrong]), page)


def scripts(page: bytes, rng: random.Random) -> bytes:
    """Scripts and styles that stand as text, and text that stands in scripts."""
    bad = [
        b"</script>",
        b"<script>",
        b"<style>p{}</style>",
        b"<script>document.write('<p>a</p>')</script>",
        b"</style>",
    ]
    bad += [
        b"<noscript><p>a</p></noscript>",
        b"<!--",
        b"-->",
        b"<![CDATA[ <p>a</p> ]]>",
        b"<template><p>a</p></template>",
    ]
    for _ in range(rng.randrange(1, 20)):
        start = rng.randrange(len(page))
        page = page[:start] + rng.choice(bad) + page[start:]
    return page


def bomb(page: bytes, rng: random.Random) -> bytes:
    """Entities that multiply, in front of the page."""
    return BOMB + b"]><html><p>&%c;</p>" % rng.choice(b"aceij") + page


def attributes(page: bytes, rng: random.Random) -> bytes:
    """Elements with thousands of attributes, endless ones or none that ends."""
    kind = rng.randrange(3)
    many = b" ".join(b"a%d=%d" % (n, n) for n in range(rng.choice([1_000, 20_000])))
    wide = b'class="' + b"artikel " * 100_000 + b'"'
    start = page.find(b">", rng.randrange(len(page)))
    return page[:start] + b" " + (many, wide, b'title="')[kind] + page[start:]


def repeated(page: bytes, rng: random.Random) -> bytes:
    """The inner part of the page again and again, up to 20 MB."""
    size = rng.choice([300_000, 1_000_000, 1_000_000, 5_000_000, 20_000_000])
    return page * (size // len(page) + 1)


def long_words(page: bytes, rng: random.Random) -> bytes:
    """Runs of one sign, where patterns may try for ever."""
    run = rng.choice([b"a", b"(", b" ", b"\n", b"&nbsp;", b"1.", b"Foto: ", b"<br>", b"\xc3\xa4", b". ", b"- "])
    start = rng.randrange(len(page))
    return page[:start] + run * rng.choice([1_000, 30_000, 300_000]) + page[start:]


def shuffled(page: bytes, rng: random.Random) -> bytes:
    """The tags in another order, the text between them as it was."""
    parts = re.split(rb"(<[^>]*>)", page)
    tags = parts[1::2]
    rng.shuffle(tags)
    parts[1::2] = tags
    return b"".join(parts)


def encodings(page: bytes, rng: random.Random) -> bytes:
    """Bytes of one encoding under the name of another, or twice encoded."""
    text = page.decode("utf-8", "replace")
    codec = rng.choice(["utf-16", "utf-16-le", "utf-32", "cp1252", "utf-7", "cp037"])
    return rng.choice([text.encode(codec, "replace"), page.decode("latin-1").encode(), b"\xff\xfe" + page])


def escaped(page: bytes, rng: random.Random) -> bytes:
    """Markup escaped once or twice, as feeds do."""
    start = rng.randrange(len(page))
    inner = page[start:].replace(b"<", b"&lt;").replace(b">", b"&gt;")
    return page[:start] + (inner if rng.random() < 0.5 else inner.replace(b"&", b"&amp;"))


def as_it_is(page: bytes, rng: random.Random) -> bytes:
    """The page itself."""
    return page


MUTATIONS: tuple[tuple[Callable[[bytes, random.Random], bytes], int], ...] = (
    *((cut, 10), (holes, 10), (nested, 8), (nulls, 8), (noise, 8), (entities, 8), (scripts, 10), (bomb, 3)),
    *((attributes, 6), (repeated, 3), (long_words, 8), (shuffled, 8), (encodings, 6), (escaped, 4)),
)


def inputs(pages: list[bytes], number: int, rng: random.Random, *, untouched: bool) -> Iterator[tuple[str, bytes]]:
    """So many pages, each with one or two things done to it, and the name of the first."""
    kinds, weights = zip(*MUTATIONS, strict=True)
    for n in range(number):
        done = [as_it_is] if untouched else rng.choices(kinds, weights, k=rng.choice([1, 1, 2]))
        page = pages[n % len(pages)]
        for mutate in done:
            page = mutate(page or b"<", rng)
        yield done[0].__name__, page


def resident() -> float:
    """Memory of this process in MB, as it stands now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def measure(made: Iterator[tuple[str, bytes]], number: int, keep: Path | None) -> dict[str, object]:
    """What became of the inputs."""
    kinds: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    crashes, marked, slowest, total, early = 0, 0, (0.0, ""), 0.0, 0.0
    for n, (kind, body) in enumerate(made):
        kinds[kind] += 1
        page = Page(entry=Entry(source_id="", url=URL), url=URL, body=body, content_type=None, at=datetime.now(UTC))
        started, article, odd = time.process_time(), None, False
        try:
            article = extract(page)
        except ExtractError as exc:
            odd = "Error" in str(exc)
            refused[re.sub(r"[\d,.]*\d|\(.*", "#", str(exc).removeprefix(URL))] += 1
        except BaseException as exc:  # what the stage promises never to raise
            crashes += 1
            print(n, kind, type(exc).__name__, exc, file=sys.stderr)
        seconds = time.process_time() - started
        total += seconds
        slowest = max(slowest, (seconds, kind))
        found = article and next(
            filter(None, map(ELEMENT.search, (article.title, article.teaser or "", article.text))), None
        )
        if found:
            marked += 1
            print(n, kind, "markup:", found[0][:80], file=sys.stderr)
        if keep and (found or odd or seconds > 1.5):
            (keep / f"{n}-{kind}.html").write_bytes(body)
        if n == number // 5:
            early = resident()
    return {
        "inputs": dict(kinds),
        "seconds_longest": round(slowest[0], 2),
        "longest": slowest[1],
        "seconds_mean": round(total / number, 4),
        "refused": dict(refused),
        "crashes": crashes,
        "texts_with_markup": marked,
        "mb_peak": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3),
        "mb_grown": round(resident() - early, 1),
    }


def main() -> None:
    """Reads the arguments, prints the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, default=OWN)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--untouched", action="store_true")
    parser.add_argument(
        "--keep", type=Path, help="a folder for the inputs that took long, broke a parser or left markup"
    )
    given = parser.parse_args()
    files = sorted(path for path in given.pages.rglob("*.htm*") if path.is_file())
    pages = [gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in files]
    made = inputs(pages, given.inputs, random.Random(given.seed), untouched=given.untouched)
    print(json.dumps(measure(made, given.inputs, given.keep), ensure_ascii=False))


if __name__ == "__main__":
    main()
