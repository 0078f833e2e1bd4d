"""Page -> Article: what a page says, without what stands around it.

decode      bytes -> characters -> one tree that all parts share
structured  what the page says of itself for machines: JSON-LD and meta elements
title, dates, authors, address, body      each asks several places of the page and weighs their answers
ending      where the article begins and ends, and who is its source
sameness    whether an edited article says something else
verdict     press release, advisory or news; full, teaser, paywall, consent or empty
clean, wording      the one form of all text; patterns that are only tried where one of their words stands
"""

from pipeline.extract.article import extract, extract_many
from pipeline.extract.files import extract_files
from pipeline.extract.sameness import same_text

__all__ = ["extract", "extract_files", "extract_many", "same_text"]
