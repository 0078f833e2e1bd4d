"""The house rules: who may import whom, one home per library, small files, small functions."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "pipeline"
STAGES = {"sources", "crawl", "extract", "analyse", "group", "store", "browse", "deliver"}
SHARED = {"records", "outcomes", "errors", "vocabulary", "wordforms", "health"}
# What a stage may import of the package beside records, errors and itself.
BESIDE = {"browse": {"store.queries", "store.finding", "store.state"}}
# The one home of each library. The demo serves and lays out a newsroom of its own.
HOMES = {
    "aiohttp": {"crawl", "demo"},
    "feedparser": {"crawl"},
    "protego": {"crawl"},
    "warcio": {"crawl"},
    "brotli": {"crawl"},
    "trafilatura": {"extract"},
    "htmldate": {"extract"},
    "bs4": {"crawl", "extract"},
    "lxml": {"extract"},
    "spacy": {"analyse"},
    "thinc": {"analyse"},
    "datasketch": {"group"},
    "sqlite_utils": {"store"},
    "datasette": {"browse"},
    "uvicorn": {"browse"},
    "icalendar": {"browse"},
    "itsdangerous": {"signing"},
    "structlog": {"logs"},
    "prometheus_client": {"browse"},
    "jinja2": {"deliver", "demo", "browse"},
    "aiosmtplib": {"deliver"},
    "css_inline": {"deliver"},
    "apscheduler": {"schedule"},
    "snowballstemmer": {"wordforms"},
    "click": {"cli"},
    "rich": {"cli"},
    "pydantic": {"config"},
    "pydantic_settings": {"config"},
    "yaml": {"sources", "analyse", "demo"},
}
# Types that wiring names in signatures: the loaded model passes through it.
PASSING_THROUGH = {
    ("run", "spacy"),
    ("demo", "spacy"),
}

FILES = sorted(PACKAGE.rglob("*.py"))


def home(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_stage_knows_only_records_errors_and_itself(path):
    if (stage := home(path)) not in STAGES:
        return
    for name in imports(path):
        if name.startswith("pipeline."):
            inside = name.removeprefix("pipeline.")
            allowed = SHARED | {stage} | BESIDE.get(stage, set())
            assert any(inside == a or inside.startswith(f"{a}.") for a in allowed), f"imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_library_has_one_home(path):
    for name in imports(path):
        library = name.split(".")[0]
        if library in HOMES and (home(path), library) not in PASSING_THROUGH:
            assert home(path) in HOMES[library], f"imports {library}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_have_at_most_400_lines_and_functions_40(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            # a command's options are its signature; a docstring is not code
            body = length - (len(ast.get_docstring(node).split("\n")) if ast.get_docstring(node) else 0)
            assert body <= 40, f"{node.name} has {body} lines"


def test_no_file_is_called_utils_helpers_or_manager():
    assert not [p for p in FILES if p.stem in ("utils", "util", "helpers", "helper", "manager", "common", "misc")]
