"""Lagebild: a situation picture of incidents in German IT security, data protection and health insurance.

How one article walks through, every arrow a function over the frozen records of `pipeline.records`:

    sources   data/sources.yml          -> Source            which places are read
    crawl     Source                    -> Polled, Entry     what a place offers right now
              Entry                     -> Page              what stands behind it
    extract   Page                      -> Article           title, date, authors, text
    analyse   Article                   -> Analysis          who, in which role, what happened, with evidence
    group     Article and Analysis      -> Incident          which articles tell of the same event
    store     everything                -> one SQLite file   and the queries that several parts share
    browse    the SQLite file           -> web pages         Datasette with a plugin of its own
    deliver   the SQLite file           -> the daily digest  by mail

`pipeline.crawling` is the flow from sources to stored articles, `pipeline.run` from there to analyses,
`pipeline.grouping` to incidents and `pipeline.digest` from incidents to mail, each on one page: the only places that know
the order and the store (beside `pipeline.archive`, which begins with a WARC file instead of the web). `wordforms` is how
words are found. `pipeline.checking` asks sources what is wrong
with them, `pipeline.workers` are the processes in which feeds and pages are read, `pipeline.schedule` says when,
`pipeline.cli` who asks, `pipeline.config` with which settings; `pipeline.demo` walks a fictional newsroom through all.
"""

__version__ = "0.1.0"
