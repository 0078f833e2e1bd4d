"""The running text of a page as paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, islice, takewhile

from lxml import etree, html
from trafilatura import bare_extraction
from trafilatura.settings import Extractor

from pipeline.extract.clean import bare, is_spaced, line, paragraph
from pipeline.extract.gaps import filled, most_prose, runs
from pipeline.extract.limits import check_length
from pipeline.extract.wording import Wording

_NEVER = (
    "title",
    "script",
    "style",
    "noscript",
    "template",
    "svg",
    "iframe",
    "form",
    "button",
    "select",
    "dialog",
    "nav",
    "figcaption",
    "audio",
    "video",
    "object",
)
_ASIDE = Wording(
    pattern=re.compile(
        r"(?:^|[\s_-])(?:related|recommend(?:ed|ations?)?|newsletter|social|share|sharing|comments?|"
        r"kommentare|cookie|consent|advert(?:isement)?|anzeige|werbung|promo|"
        r"breadcrumbs?|pagination|tags|caption|bildunterschrift|copyright|toolbar|outbrain|taboola|"
        r"sidebar|marginal(?:ie|spalte)?|linkliste?|mehrzumthema|readmore|"
        r"teaser-?list|socialmedia|author-?box|info-?box\w*|(?:absatz|artikel)bild\w*|image-?(?:caption|"
        r"description|info)\w*|skip-?link|visually-?hidden|sr-only|screen-?reader(?:-text)?|paywall|"
        r"audio-?player|video-?player|print-?only|donat(?:e|ions?)(?:-?\w+)?|spenden(?:-?\w+)?|survey|umfrage|"
        r"voting|opt-?in(?:__[\w-]+)?|embed-?consent|toc|table-of-contents|inhaltsverzeichnis|subscri(?:be|ption)(?:-?\w+)?|"
        r"abo-?(?:box|teaser|hinweis|banner)|author-?bio|rating-?(?:box)?)(?:$|[\s_-])",
        re.I,
    ),
    words=(
        *("relat", "recommend", "letter", "social", "shar", "comment", "kommentar", "cookie", "consent", "advert"),
        *("anzeige", "werbung", "promo", "breadcrumb", "pagination", "tags", "caption", "unterschrift", "copyright"),
        *("toolbar", "outbrain", "taboola", "sidebar", "margin", "link", "mehrzumthema", "readmore", "teaser", "box"),
        *("bild", "image", "hidden", "sr-only", "screen", "paywall", "player", "print", "donat", "spenden", "survey"),
        *("umfrage", "voting", "opt", "toc", "contents", "inhaltsverzeichnis", "subscri", "abo", "author-bio"),
        *("authorbio", "rating"),
    ),
)
_LEAD = re.compile(
    r"(?:^|[\s_-])(?:intro\w*|lead\w*|lede|standfirst|dek|summary|subline|vorspann|abstract|anriss\w*|"
    r"excerpt|teaser-?text|article-?teaser|description|shorttext)(?:$|[\s_-])|(?:intro|vorspann|"
    r"lead|teaser)-?(?:text|paragraph)",
    re.I,
)
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "ul",
        "ol",
        "table",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "dl",
        "pre",
        "header",
        "main",
        "li",
        "td",
        "tr",
    ]
)
_LEAD_LENGTH = range(40, 1200)
_LEAD_WINDOW, _LEAD_CANDIDATES = 150, 8
_PICTURED = re.compile(r"©|\b(?:foto|bild|symbolbild|archivfoto|quelle)\s*:", re.I)
_OUTWARD = Wording(
    pattern=re.compile(
        r"\s*\((?:öffnet|opens) (?:sich )?in (?:einem |einer )?(?:a )?(?:neuen?|new) (?:fenster|tab|"
        r"registerkarte|window)\)|\(öffnet im neuen fenster\)",
        re.I,
    ),
    words=("(öffnet", "(opens"),
)
_SAME = 60
_SUBTITLE, _DATA_SHEET = 20, 250
_MOST_ELEMENTS = 15_000  # far more than any article has; trafilatura would need half a minute
_CELL_OF_PROSE = 240
_SHARE_OF_PAGE = 0.4
_LEAST_FOUND, _MOST_FOUND = 0.85, 1.6
_QUICK, _THOROUGH = (Extractor(output_format="python", fast=fast, comments=False) for fast in (True, False))


def openings(heading: html.HtmlElement, descriptions: frozenset[str]) -> list[tuple[str, bool]]:
    """The prose behind the headline in order, each with whether it is marked as the article's lead."""
    found: list[tuple[str, bool]] = []
    for element in islice(_following(heading, "p", "div", "h2", "span", "strong"), _LEAD_WINDOW):
        if any(child.tag in _BLOCKS for child in element):
            continue
        text = line(element.text_content())
        if len(text) not in _LEAD_LENGTH:
            continue
        described = _described(text, descriptions)
        if (described or _reads_on(element, text)) and not _PICTURED.search(text) and not _is_pictured(element):
            found.append((text, described or bool(_LEAD.search(_marks(element, 2)))))
            if len(found) == _LEAD_CANDIDATES:
                break
    return found


def _following(element: html.HtmlElement, *tags: str) -> Iterator[html.HtmlElement]:
    """The elements behind one and all that is in it, in the order of the page."""
    for place in chain([element], element.iterancestors()):
        for sibling in place.itersiblings():
            yield from sibling.iter(*tags)


def subtitles(heading: html.HtmlElement) -> list[str]:
    """The headings that follow upon the headline without anything between them."""
    following = takewhile(lambda e: e.tag in ("h2", "h3", "h4"), heading.itersiblings())
    return [text for e in following if len(text := line(e.text_content())) >= _SUBTITLE]


def lead(candidates: list[tuple[str, bool]], first: str) -> str | None:
    """The lead that stands before the first paragraph of a text without being part of it."""
    start = bare(first)[:_SAME]
    before = list(takewhile(lambda c: not bare(c[0]).startswith(start), candidates))
    marked = [text for text, is_marked in before if is_marked]
    if marked or len(before) == len(candidates):
        return marked[0] if marked else None
    return before[0][0] if before else None


def paragraphs(tree: html.HtmlElement) -> list[str]:
    """The paragraphs of the article on a page; the tree is used up."""
    _prune(tree)
    if sum(1 for _ in islice(tree.iter(), _MOST_ELEMENTS)) == _MOST_ELEMENTS:
        return [block for block in all_paragraphs(tree) if len(block) > _SUBTITLE]
    places, prose = runs(tree, _text), most_prose(tree)
    blocks: list[str] = []
    for options in (_QUICK, _THOROUGH):
        try:
            document = bare_extraction(tree, options=options)
        except (RecursionError, ValueError, TypeError, AttributeError, etree.Error):
            return []  # whatever it stumbles over, the page has other text to offer
        root = getattr(document, "body", None)
        blocks = [] if root is None else list(_blocks(root))
        if _LEAST_FOUND * prose <= sum(map(len, blocks)) <= _MOST_FOUND * prose:
            break  # that is the part of the page with most prose: no second opinion is needed
    return filled(blocks, places)


def all_paragraphs(root: html.HtmlElement) -> list[str]:
    """All text of a part of a page, block by block."""
    for element in list(root.iter(*_NEVER)):
        _drop(element)
    return list(_blocks(root))


def _is_pictured(element: html.HtmlElement) -> bool:
    """Whether an element belongs to a picture, a form, the menu or what lies beside the article."""
    parents = islice(chain([element], element.iterancestors()), 5)
    return any(p.tag in (*_NEVER, "figure", "aside", "footer") or _is_aside(_marks(p, 1)) for p in parents)


def _reads_on(element: html.HtmlElement, text: str) -> bool:
    """Whether a text is a sentence of its own, not a link or a label."""
    if not text.endswith((".", "!", "?", "“", '"', "…", "«")) or " " not in text:
        return False
    return sum(len(a.text_content()) for a in element.iter("a")) < len(text) / 2


def _described(text: str, descriptions: frozenset[str]) -> bool:
    words = bare(text)
    return any(len(d) > 40 and (d[:60] in words or words[:60] in d) and len(words) < 2 * len(d) for d in descriptions)


@lru_cache(maxsize=4096)  # the same few marks stand all over a site
def _is_aside(marks: str) -> bool:
    return _ASIDE.search(marks) is not None


def _marks(element: html.HtmlElement, levels: int) -> str:
    marks = []
    here: html.HtmlElement | None = element
    for _ in range(levels):
        if here is None:
            break
        marks += [here.get("class") or "", here.get("id") or "", here.get("itemprop") or ""]
        here = here.getparent()
    return " ".join(marks)


def _prune(tree: html.HtmlElement) -> None:
    """Takes away what is never text, so that extraction is quick and sure."""
    etree.strip_elements(tree, *_NEVER, with_tail=False)
    for figure in list(tree.iter("figure")):
        if next(figure.iter("blockquote", "table", "pre"), None) is None:
            _drop(figure)
        else:
            figure.tag = "div"
    for code in list(tree.iter("code", "kbd", "samp", "tt")):
        if "\n" not in (code.text or "").strip() and code.getparent().tag != "pre":
            code.drop_tag()  # a name within a sentence, which extraction would take for a block
    for sheet in list(tree.iter("dl")):
        if _is_data_sheet(sheet):
            _drop(sheet)
    whole = len(tree.text_content())
    check_length(whole)
    for element in list(tree.iter("div", "section", "aside", "ul", "ol", "p", "span", "header", "footer", "a")):
        if element.getparent() is None or element.tag in ("html", "body"):
            continue
        besides = element.get("hidden") is not None or _is_aside(_marks(element, 1))
        if (besides and len(element.text_content()) < _SHARE_OF_PAGE * whole) or (
            element.tag in ("ul", "ol", "p") and _only_links(element)
        ):
            _drop(element)
    for table in list(tree.iter("table")):
        if _is_layout(table):
            for part in table.iter("table", "tbody", "thead", "tr", "td", "th"):
                part.tag = "div"


def _only_links(element: html.HtmlElement) -> bool:
    """A list that mostly consists of links, or a paragraph that is one, is navigation or advertises other articles."""
    items = [element] if element.tag == "p" else [item for item in element if item.tag == "li"]
    if not items or any(next(item.iter("a"), None) is None for item in items):
        return False
    links = sum(len(line(a.text_content())) for a in element.iter("a"))
    words = len(line(element.text_content()))
    return 0 < words < 200 and links == words if element.tag == "p" else links >= 0.5 * words


def _is_data_sheet(element: html.HtmlElement) -> bool:
    """A short list of number, date and version of the page itself."""
    return len(line(element.text_content())) < _DATA_SHEET and next(element.iter("time"), None) is not None


def _is_layout(table: html.HtmlElement) -> bool:
    """A table that arranges the page instead of showing figures."""
    if table.get("role") == "presentation" or next(table.iterdescendants("table"), None) is not None:
        return True
    cells = list(table.iter("td"))
    return any(len(cell.text_content()) > 2 * _CELL_OF_PROSE for cell in cells) or any(
        next(c.iter("p", "h1", "h2"), None) is not None for c in cells
    )


def _drop(element: html.HtmlElement) -> None:
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + " " + element.tail
        else:
            before.tail = (before.tail or "") + " " + element.tail
    parent.remove(element)


def _text(element: html.HtmlElement) -> str:
    return "\n".join(_blocks(element)) if len(element) else line(element.text or "")


def _blocks(root: etree._Element) -> Iterator[str]:
    """The text of a tree, a paragraph for each block; items of a list are lines of one paragraph."""
    pieces: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            mark, words = _OPENING.get(element.tag), element.text
        else:
            mark, words = _CLOSING.get(element.tag), None if element is root else element.tail
        if mark:
            pieces.append(mark)
        if words:  # only our own marks break a line
            pieces.append(words if is_spaced(words) else _SPACE.sub(" ", words))
    text = "".join(pieces)
    if _OUTWARD.may_match(text):
        text = _OUTWARD.pattern.sub("", text)
    if _ITEM in text:
        text = re.sub(r" *\x1e[ \x1e]*", "\n", text)  # an item closes and the next opens: one line
    text = text.replace(_BREAK, "\n")
    if "\n " in text:
        text = re.sub(r"\n +(?=\n)", "\n", text)
    for block in filter(None, text.split(_PARAGRAPH)):
        if cleaned := paragraph(_with_cells(block) if _CELL in block else block):
            yield cleaned


def _with_cells(block: str) -> str:
    """A block in which the cells of a row have a line between them."""
    return "\n".join(re.sub(r"(?:\s*\x1f\s*)+", " | ", row.strip(" \x1f")) for row in block.split("\n"))


_PARAGRAPH, _BREAK, _ITEM, _CELL = "\n\n", "\v", "\x1e", "\x1f"
_SPACE = re.compile(r"\s+")
_OWN_PARAGRAPH = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "aside",
        "blockquote",
        "quote",
        "head",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "list",
        "ul",
        "ol",
        "dl",
        "table",
        "pre",
        "code",
        "body",
        "figure",
    ]
)
_OWN_LINE = frozenset(["item", "li", "row", "tr", "dt", "dd"])
_OPENING = dict.fromkeys(_OWN_PARAGRAPH, _PARAGRAPH) | dict.fromkeys(_OWN_LINE, _ITEM) | {"br": _BREAK, "lb": _BREAK}
_CLOSING = (
    dict.fromkeys(_OWN_PARAGRAPH, _PARAGRAPH)
    | dict.fromkeys(_OWN_LINE, _ITEM)
    | dict.fromkeys(("cell", "td", "th"), _CELL)
)
