import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import resources
from pipeline.errors import SourcesError
from pipeline.records import Select, Source
from pipeline.sources import from_opml, load, to_opml
from pipeline.sources.opml import NAMESPACE
from tests.sources.test_writing import AMT, KASSE, drawn_sources, several

NOW = datetime(2026, 3, 1, 14, 29, 9, tzinfo=UTC)
IN_XML = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")


def document(*outlines, head="<?xml version='1.0'?>", version="2.0"):
    return f"{head}<opml version='{version}'><head/><body>{''.join(outlines)}</body></opml>".encode()


def one(outline, **rest):
    [source] = from_opml(document(outline, **rest), "x.opml").sources
    return source


def in_order_of_ids(sources):
    return sorted(sources, key=lambda source: source.id)


@settings(deadline=None)
@given(several(drawn_sources(IN_XML)))
def test_a_round_trip_gives_back_the_same_sources(sources):
    read = from_opml(to_opml(sources, NOW).encode(), "x.opml")
    assert in_order_of_ids(read.sources) == in_order_of_ids(sources)
    assert not read.skipped


def test_the_shipped_file_survives_the_round_trip():
    sources = load(resources() / "data" / "sources.yml")
    read = from_opml(to_opml(sources, NOW).encode(), "x.opml")
    assert in_order_of_ids(read.sources) == in_order_of_ids(sources)


def test_another_program_may_write_our_namespace_in_its_own_way():
    tree = ET.fromstring(to_opml([replace(AMT, country="at", notes="a\nb")], NOW))
    again = ET.tostring(tree)
    assert b"lagebild:country" not in again
    assert from_opml(again, "x.opml").sources == [replace(AMT, country="at", notes="a\nb")]


def test_a_feed_is_an_outline_that_every_reader_knows():
    text = to_opml([replace(KASSE, homepage="https://kasse.example", sector="health_insurance")], NOW)
    root = ET.fromstring(text)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0"')
    assert root.findtext("head/dateCreated") == "Sun, 01 Mar 2026 14:29:09 GMT"
    [folder] = root.findall("body/outline")
    assert folder.attrib == {"text": "health_insurance", "title": "health_insurance"}
    [outline] = folder
    assert {key: value for key, value in outline.attrib.items() if not key.startswith("{")} == {
        "type": "rss",
        "text": "Kasse",
        "title": "Kasse",
        "xmlUrl": "https://kasse.example/atom",
        "htmlUrl": "https://kasse.example",
        "language": "de",
        "category": "/health_insurance",
    }
    assert outline.attrib[f"{{{NAMESPACE}}}kind"] == "atom"


def test_what_no_reader_can_read_is_a_link_without_xml_url():
    page = replace(AMT, kind="html_index", url="https://amt.example/presse/", select=Select(entry="li > a"))
    [outline] = ET.fromstring(to_opml([page], NOW)).findall("body/outline")
    assert (outline.get("type"), outline.get("url"), outline.get("xmlUrl")) == ("link", page.url, None)
    assert outline.get(f"{{{NAMESPACE}}}select.entry") == "li > a"


def test_sources_of_one_sector_share_a_folder_and_those_without_stand_last():
    sources = [replace(AMT, sector="b/c, d"), KASSE, replace(KASSE, id="k2", sector="b/c, d")]
    outlines = ET.fromstring(to_opml(sources, NOW)).findall("body/outline")
    assert [(o.get("text"), len(o)) for o in outlines] == [("b/c, d", 2), ("Kasse", 0)]
    assert outlines[0][0].get("category") == "/b c d"


def test_the_time_is_told_in_gmt():
    berlin = NOW.astimezone(timezone(timedelta(hours=1)))
    assert to_opml([AMT], berlin) == to_opml([AMT], NOW)


def test_no_sources_make_an_empty_document():
    assert from_opml(to_opml([], NOW).encode(), "x.opml").sources == []


def test_a_character_that_xml_cannot_carry_is_replaced():
    read = from_opml(to_opml([replace(AMT, name="Das\x00 Amt\ud800")], NOW).encode(), "x.opml")
    assert read.sources[0].name == "Das\ufffd Amt\ufffd"


def test_an_attribute_of_a_newer_version_is_ignored():
    text = to_opml([AMT], NOW).replace("lagebild:id=", 'lagebild:colour="red" lagebild:id=')
    assert from_opml(text.encode(), "x.opml").sources == [AMT]


READERS = {
    "Feedly": (
        '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="1.0"><head><title>Me in feedly Cloud</title></head><body>'
        '<outline text="IT Security" title="IT Security"><outline type="rss" text="heise Security" title="heise Security"'
        ' xmlUrl="https://www.heise.de/security/feed.xml" htmlUrl="https://www.heise.de/security"/></outline></body></opml>'
    ),
    "Inoreader": (
        '<?xml version="1.0" encoding="UTF-8"?><opml version="1.0"><head><title>Subscriptions from Inoreader</title>'
        '</head><body><outline text="IT-Security" title="IT-Security"><outline text="heise Security" title="heise Security"'
        ' type="rss" xmlUrl="https://www.heise.de/security/feed.xml" htmlUrl="https://www.heise.de/security"/>'
        "</outline></body></opml>"
    ),
    "NetNewsWire": (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!-- OPML generated by NetNewsWire -->\n<opml version="1.1">\n<head>'
        '<title>Subscriptions</title></head>\n<body>\n<outline text="IT Security" title="IT Security">\n<outline '
        'text="heise Security" title="heise Security" description="" type="rss" version="RSS" '
        'htmlUrl="https://www.heise.de/security" xmlUrl="https://www.heise.de/security/feed.xml"/>\n</outline></body></opml>'
    ),
    "Tiny Tiny RSS": (
        '<?xml version="1.0" encoding="utf-8"?><opml version="1.0"><head><dateCreated>Sun, 01 Mar 2026</dateCreated></head>'
        '<body><outline text="IT Security" ttrss:sortOrder="0"><outline type="rss" text="heise Security" '
        'xmlUrl="https://www.heise.de/security/feed.xml" ttrss:sortOrder="0" ttrss:updateInterval="0" '
        'htmlUrl="https://www.heise.de/security"/></outline></body></opml>'
    ),
    "Miniflux": (
        '<?xml version="1.0" encoding="UTF-8"?><opml version="2.0"><head><title>Miniflux</title></head><body>'
        '<outline text="It Security"><outline title="heise Security" text="heise Security" htmlUrl="https://www.heise.de/'
        'security" xmlUrl="https://www.heise.de/security/feed.xml"></outline></outline></body></opml>'
    ),
}


@pytest.mark.parametrize("reader", READERS)
def test_the_export_of_a_feed_reader_is_read(reader):
    read = from_opml(READERS[reader].encode(), "x.opml")
    assert not read.skipped
    assert read.sources == [
        Source(
            id="heise-security",
            name="heise Security",
            kind="rss",
            url="https://www.heise.de/security/feed.xml",
            sector="it_security",
            homepage="https://www.heise.de/security",
        )
    ]


@pytest.mark.parametrize("attribute", ["xmlUrl", "xmlurl", "xmlURL", "XMLURL"])
def test_the_case_of_an_attribute_does_not_matter(attribute):
    assert one(f'<outline TEXT="Amt" {attribute}="https://amt.example/feed" type="RSS"/>').name == "Amt"


@pytest.mark.parametrize("version", ["1.0", "1.1", "2.0", "9"])
def test_every_version_is_read(version):
    assert one('<outline text="Amt" xmlUrl="https://amt.example/"/>', version=version).id == "amt"


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ("", "rss"),
        ('type="rss"', "rss"),
        ('type="Atom"', "atom"),
        ('type="rss" version="ATOM1"', "atom"),
        ('type="pie"', "rss"),
    ],
)
def test_a_feed_is_rss_unless_type_or_version_say_atom(attributes, kind):
    assert one(f'<outline text="Amt" xmlUrl="https://amt.example/" {attributes}/>').kind == kind


@pytest.mark.parametrize(
    ("attributes", "name", "slug"),
    [
        ('text="Ärzte &amp; Straßen: Österreich"', "Ärzte & Straßen: Österreich", "aerzte-strassen-oesterreich"),
        ('text="A\u0308rzte – Café"', "A\u0308rzte – Café", "aerzte-cafe"),
        ('text="" title="Nur ein  Titel"', "Nur ein Titel", "nur-ein-titel"),
        ('text="新聞"', "新聞", "amt-example"),
        ("", "amt.example", "amt-example"),
        ('text="Marke™ №1"', "Marke™ №1", "marketm-no1"),
    ],
)
def test_an_id_comes_from_the_title_else_from_the_host(attributes, name, slug):
    source = one(f'<outline {attributes} xmlUrl="https://www.amt.example/feed"/>')
    assert (source.name, source.id) == (name, slug)


def test_ids_are_unique_in_the_file():
    outlines = [f'<outline text="Amt" xmlUrl="https://amt.example/{n}"/>' for n in range(3)]
    assert [s.id for s in from_opml(document(*outlines), "x.opml").sources] == ["amt", "amt-2", "amt-3"]


def test_many_feeds_of_one_title_take_no_long_search():
    outlines = [f'<outline text="Amt" xmlUrl="https://amt.example/{n}"/>' for n in range(3000)]
    assert from_opml(document(*outlines), "x.opml").sources[-1].id == "amt-3000"


@pytest.mark.parametrize(
    ("written", "language"), [("de-DE", "de"), ("EN_us", "en"), ("fr", "fr"), ("unknown", "de"), ("", "de")]
)
def test_a_language_is_read_where_it_is_one(written, language):
    assert one(f'<outline text="Amt" xmlUrl="https://amt.example/" language="{written}"/>').language == language


def test_a_homepage_that_is_no_address_is_left_out():
    assert one('<outline text="Amt" xmlUrl="https://amt.example/" htmlUrl="about:blank"/>').homepage is None


@pytest.mark.parametrize(
    "encoding", ["utf-8", "iso-8859-1", "windows-1252", "iso-8859-15", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_every_encoding_is_read(encoding):
    text = document(
        '<outline text="Ämter" xmlUrl="https://amt.example/"/>', head=f'<?xml version="1.0" encoding="{encoding}"?>'
    )
    [source] = from_opml(text.decode().encode(encoding), "x.opml").sources
    assert source.name == "Ämter"


@pytest.mark.parametrize("encoding", ["shift_jis", "gb18030", "euc-kr"])
def test_encodings_of_several_bytes_are_read(encoding):
    text = document(
        '<outline text="中" xmlUrl="https://amt.example/"/>', head=f'<?xml version="1.0" encoding="{encoding}"?>'
    )
    assert from_opml(text.decode().encode(encoding), "x.opml").sources[0].name == "中"


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding(mark):
    text = document('<outline text="Ämter" xmlUrl="https://amt.example/"/>', head="").decode()
    assert from_opml(text.encode(mark), "x.opml").sources[0].name == "Ämter"


@pytest.mark.parametrize(
    "head", ["<?xml version='1.0' encoding='utf-8'?>", "<?xml version='1.0' encoding='utf-16'?>", ""]
)
def test_a_wrong_declaration_does_not_stop_the_reading(head):
    text = document('<outline text="Ämter" xmlUrl="https://amt.example/"/>', head=head).decode()
    assert from_opml(text.encode("cp1252"), "x.opml").sources[0].name == "Ämter"


def test_space_before_the_declaration_is_forgiven():
    assert from_opml(b"\r\n " + document('<outline xmlUrl="https://amt.example/"/>'), "x.opml").sources


@pytest.mark.parametrize(
    ("outline", "line"),
    [
        (
            '<outline text="Amt" xmlUrl="ftp://amt.example/"/>',
            "outline 1 (amt): url: expected an http or https address",
        ),
        (
            '<outline text="Amt" xmlUrl="https://me:secret@amt.example/"/>',
            "outline 1 (amt): url: an address must not carry",
        ),
        ('<outline text="Amt" xmlUrl="http://[::1"/>', "outline 1 (amt): url: not an address"),
        (
            '<outline text="Ein&#10;Link" type="link" url="https://amt.example/"/>',
            "outline 1 (Ein Link): names no feed",
        ),
        ('<outline text="Liste" type="include" url="https://amt.example/a.opml"/>', "outline 1 (Liste): names no feed"),
        ("<outline/>", "outline 1: names no feed (xmlUrl)"),
        (
            '<outline text="Seite" type="HTML+XPath" xmlUrl="https://a.example/"/>',
            "outline 1 (Seite): type HTML+XPath is not",
        ),
        ('<outline text="Amt" isComment="true" xmlUrl="https://amt.example/"/>', "outline 1 (Amt): is commented out"),
        (
            '<outline text="Alt" isComment="true"><outline text="Amt" xmlUrl="https://amt.example/"/></outline>',
            "outline 2 (Amt): is commented out",
        ),
    ],
)
def test_a_bad_outline_is_skipped_with_one_line_and_the_others_are_read(outline, line):
    read = from_opml(document(outline, '<outline text="Gut" xmlUrl="https://gut.example/"/>'), "x.opml")
    assert [source.id for source in read.sources] == ["gut"]
    [skipped] = read.skipped
    assert skipped.startswith(line)
    assert "secret" not in skipped


@pytest.mark.parametrize(
    ("attribute", "complaint"),
    [
        ("id='Das Amt' lagebild:kind='rss'", "outline 1 (Das Amt): id: expected lower-case"),
        ("id='amt' lagebild:kind='gopher'", "kind: expected one of"),
        ("id='amt'", "kind: missing"),
        ("id='amt' lagebild:kind='rss' lagebild:split='maybe'", "split: expected true or false"),
        ("id='amt' lagebild:kind='rss' lagebild:every='99999999999999d'", "outline 1 (amt): every: too long"),
        ("id='amt' lagebild:kind='rss' lagebild:only='a{99999999999}'", "outline 1 ("),
        (f"id='amt' lagebild:kind='rss' lagebild:only='{'(' * 20_000}'", "outline 1 ("),
    ],
)
def test_a_faulty_attribute_of_ours_skips_its_outline(attribute, complaint):
    outline = f"<outline xmlns:lagebild='{NAMESPACE}' text='Amt' xmlUrl='https://amt.example/' lagebild:{attribute}/>"
    read = from_opml(document(outline), "x.opml")
    assert not read.sources
    assert complaint in read.skipped[0]
    assert "\n" not in read.skipped[0]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (b"", "not XML: no element found"),
        (b"just text", "not XML"),
        (b"<html><body/></html>", "not OPML, its root element is html"),
        (b"<rss version='2.0'/>", "not OPML, its root element is rss"),
        (b"<opml><body>", "not XML: no element found"),
        (b"<opml><outline text='&uuml;'/></opml>", "not XML: undefined entity"),
        (b"<?xml version='1.0' encoding='klingon'?><opml/>", "unknown encoding klingon"),
        (b"<?xml version='1.0' encoding='hex'?><opml/>", "unknown encoding hex"),
        (b"\xff\xfe\x00", "not XML"),
    ],
)
def test_what_is_not_opml_is_refused_by_name(text, complaint):
    with pytest.raises(SourcesError, match=rf"x\.opml: {complaint}"):
        from_opml(text, "x.opml")


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY % a SYSTEM "http://127.0.0.1/x.dtd"> %a;',
    ],
)
def test_a_document_that_declares_entities_is_refused(declared):
    text = f'<!DOCTYPE opml [{declared}]><opml><outline text="&a;" xmlUrl="https://amt.example/"/></opml>'
    with pytest.raises(SourcesError, match=r"x\.opml: declares entities"):
        from_opml(text.encode(), "x.opml")


def test_a_document_type_alone_is_no_fault_and_is_not_fetched():
    head = '<!DOCTYPE opml SYSTEM "http://127.0.0.1:9/opml.dtd">'
    assert one('<outline xmlUrl="https://amt.example/"/>', head=head).id == "amt-example"


def test_no_depth_is_too_deep():
    depth = 50_000
    text = document("<outline>" * depth, '<outline text="Tief" xmlUrl="https://amt.example/"/>', "</outline>" * depth)
    assert [source.id for source in from_opml(text, "x.opml").sources] == ["tief"]


@given(
    st.binary() | st.text().map(lambda t: f"<opml><outline text='{t}' xmlUrl='{t}'/></opml>".encode(errors="replace"))
)
def test_whatever_comes_is_read_or_refused_by_name(data):
    sources, refused = [], "x.opml: "
    try:
        sources = from_opml(data, "x.opml").sources
    except SourcesError as exc:
        refused = str(exc)
    assert refused.startswith("x.opml: ")
    assert len({source.id for source in sources}) == len(sources)


@given(st.text(min_size=1), st.sampled_from(["https://amt.example/", "https://例え.example/", "https://例え/"]))
def test_every_title_makes_a_source_with_a_valid_id(title, url):
    outline = ET.tostring(ET.Element("outline", {"text": "".join(filter(str.isprintable, title)), "xmlUrl": url}))
    assert not from_opml(document(outline.decode()), "x.opml").skipped
