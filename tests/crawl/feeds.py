"""Builders of feeds: whole ones, so that a test says only what is odd about its own."""

from xml.sax.saxutils import escape

from pipeline.crawl.offer import read_offer
from pipeline.records import Source

URL = "https://amt.example/presse/feed.xml"
SPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
)


def source(**changes):
    return Source(**{"id": "amt", "name": "Amt", "kind": "rss", "url": URL} | changes)


def item(inner="", **fields):
    """An item of RSS: every field becomes an element, escaped."""
    named = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    return f"<item>{named}{inner}</item>"


def rss(*items, channel=""):
    head = f'<rss version="2.0" {SPACES}><channel><title>Amt</title><link>https://amt.example/</link>{channel}'
    return f"{head}{''.join(items)}</channel></rss>"


def atom(*entries, attributes=""):
    head = f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>Amt</title><id>urn:amt</id>'
    return f"{head}{''.join(f'<entry>{entry}</entry>' for entry in entries)}</feed>"


def offer(body, *, content_type="application/rss+xml", **changes):
    raw = body.encode() if isinstance(body, str) else body
    return read_offer(source(**changes), URL, raw, {"Content-Type": content_type})
