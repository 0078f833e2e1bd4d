"""The closed list of ways in which looks and requests end, shared by all stages."""

# The one word in which every poll ends, and every entry that a poll offers. Any HTTP status of 400 and above is
# `http_NNN`. What ends well is `ok` or `unchanged` for a poll, `new`, `changed` or `known` for an entry.
OUTCOMES = {
    "ok": "answered and read",
    "unchanged": "nothing has changed: the server said so (304) or sent the same bytes",
    "new": "an article that was not known",
    "changed": "a known article with another headline or text: the old one became a version",
    "known": "an article that was known already, as it is",
    "reserved": "the rights to mine the text are reserved: title, link, date and the feed's teaser are kept",
    "filtered": "such addresses are not read: the sources file says so (`only`), or what stood there was removed for good",
    "repeated": "the same address a second time in one poll",
    "refused_robots": "robots.txt does not allow it",
    "refused_address": "the address is private, not http(s) or carries credentials",
    "not_a_feed": "what came is not a feed, sitemap or index page",
    "not_text": "what came is neither HTML nor text",
    "no_address": "the entry names no page and carries no text",
    "too_large": "the body is larger than the limit",
    "too_many_redirects": "more redirects than the limit, or one without a target",
    "timeout": "no answer in time",
    "truncated": "the body ended before its end",
    "unreachable": "no connection: name or network",
    "certificate": "the certificate is not valid",
    "unreadable": "the page could not be read as a page",
    "error": "anything else; the error column says what",
}
# What may be tried again; everything else is final for an entry.
PASSING = frozenset(
    {"timeout", "truncated", "unreachable", "certificate", "error", "http_408", "http_425", "http_429"}
    | {f"http_{n}" for n in range(500, 600)}
)
