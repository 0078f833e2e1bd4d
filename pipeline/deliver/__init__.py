"""The daily digest and alerts: chosen, put into words, made a mail, sent or written to files.

hours        Rhythm, now                 -> when a digest is due
Choosing     Happened, Selection         -> Digest
Printer      Digest                      -> RenderedDigest   subject, text, HTML
message      RenderedDigest, an address  -> EmailMessage
send         EmailMessages               -> Handed           what became of each
write_files  RenderedDigest              -> .eml and .html in a folder
"""

from pipeline.deliver.choosing import Choosing, alarm
from pipeline.deliver.digest import Printer
from pipeline.deliver.hours import due, is_quiet, last_moment
from pipeline.deliver.mail import Handed, MailServer, address, knock, message, send, write_files

__all__ = [
    "Choosing",
    "Handed",
    "MailServer",
    "Printer",
    "address",
    "alarm",
    "due",
    "is_quiet",
    "knock",
    "last_moment",
    "message",
    "send",
    "write_files",
]
