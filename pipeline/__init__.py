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
    deliver   the SQLite file           -> digests, alerts   by mail

Each step from the store to the store has a page of its own, the only places that know the order and the store:
`pipeline.crawling` from sources to stored articles (`archive` from a WARC file instead of the web), `run` from there to
analyses, `grouping` to incidents, `digest` to what each subscriber is told and `sending` to their mailboxes; `correcting`
carries out what analysts decide, `subscribing` and `leaving` what readers want, `forgetting` removes for good.

`pipeline.schedule` is the service: when all that happens, beside `maintaining` (every night), with `workers` and
`understanding` as the processes in which pages are read and texts analysed; `health` says whether it is well, `operating`
puts backups back and examines. `checking` asks sources what is wrong with them, `wordforms` is how words are found,
`config` holds the settings, `cli` is who asks, and `demo` walks a fictional newsroom through all.
"""

__version__ = "0.1.0"
