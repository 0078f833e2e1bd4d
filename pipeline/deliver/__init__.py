"""The daily digest: put into words, made a mail, sent or written to files.

render       Digest                      -> RenderedDigest   subject, text, HTML
message      RenderedDigest, an address  -> EmailMessage
send         EmailMessages               -> Delivery         what became of each
write_files  RenderedDigest              -> .eml and .html in a folder
"""

from pipeline.deliver.digest import RenderedDigest, render
from pipeline.deliver.mail import Delivery, message, send, write_files

__all__ = ["Delivery", "RenderedDigest", "message", "render", "send", "write_files"]
