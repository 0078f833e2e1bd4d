"""Whether words reserve the rights to text and data mining (§ 44b UrhG, Art. 4 of Directive (EU) 2019/790).

A sentence does when it names mining (or what the law calls so: automated analysis, scraping, training of models) and,
outside of its conditions and denials, forbids it, keeps it to the owner or asks for consent. Questions, conditions
("unless the rights are reserved"), what others may do ("publishers can reserve") and what is expressly free do not.
German and English only.
"""

from __future__ import annotations

import re

LIMIT = 300  # characters of a wording
_GAP = r"\W+(?:\w+\W+)"  # followed by {m,n}?: so many words in between


def reserves(text: str) -> str | None:
    """The first sentence that reserves mining rights, in one line of at most 300 characters, or None."""
    plain = _plain(text)
    if not _MAYBE.search(plain):
        return None
    sentences = _sentences(plain)
    for at, sentence in enumerate(sentences):
        if not _names_mining(sentence):
            continue
        following = sentences[at + 1] if at + 1 < len(sentences) else ""
        both = f"{sentence} {following}"
        for said in (sentence, both) if _REFERS_BACK.match(following) else (sentence,):
            if _reserves_in(said):
                return one_line(said)
    return None


def may_reserve(body: bytes) -> bool:
    """Whether the bytes of a page name mining close to a word that reserves; cheap, and true too often at worst."""
    lower = body.lower().replace(b"&shy;", b"").replace(b"\xc2\xad", b"").replace(b"&nbsp;", b" ")
    return _close(lower, _CLEAR, _CLEAR_NEAR) or _close(lower, _VAGUE, _VAGUE_NEAR)


def _close(body: bytes, names: tuple[bytes, ...], words: tuple[bytes, ...]) -> bool:
    for name in names:
        at = body.find(name)
        while at >= 0:
            window = body[max(0, at - _WINDOW) : at + 2 * _WINDOW]
            if any(word in window for word in words):
                return True
            at = body.find(name, at + _WINDOW)
    return False


def one_line(text: str) -> str:
    """A text in one printable line of at most 300 characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in _INVISIBLE.sub("", text)).split())
    return line if len(line) <= LIMIT else f"{line[: LIMIT - 1].rstrip()}…"


def _plain(text: str) -> str:
    """The text with single spaces, without comment marks at the start of words and without invisible characters."""
    spaced = " ".join(_INVISIBLE.sub("", text).split())
    return " ".join(_COMMENT_MARKS.sub(" ", spaced).split())


def _sentences(plain: str) -> list[str]:
    found: list[str] = []
    start = 0
    for border in _BORDER.finditer(plain):
        if border[0][0] in ".!?" and _ABBREVIATED.search(plain, max(0, border.start() - 12), border.start() + 1):
            continue
        found.append(plain[start : border.start() + 1].strip())
        start = border.end()
    return [sentence for sentence in [*found, plain[start:].strip()] if sentence]


def _names_mining(sentence: str) -> bool:
    subject = _NO_MINING.sub(" ", sentence)
    if _MINING.search(subject):
        return True
    return bool(_ANALYSIS.search(subject) and _CONTENT.search(subject) and not _PERSONAL.search(subject))


def _reserves_in(sentence: str) -> bool:
    if sentence.endswith("?"):
        return False
    left = _ALL_RIGHTS.sub(" ", sentence)
    for pattern in (_FIRST_CONDITION, _CONDITION, _FREE, _OF_OTHERS):
        left = pattern.sub(" ", left)
    left = _OTHER_USES.sub(lambda found: found[0] if _names_mining(found[0]) else " ", left)
    return bool(_RESERVED.search(left))


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")  # soft hyphens, zero-width characters, byte order mark
_COMMENT_MARKS = re.compile(r"(?<!\S)(?:[#*;]+|//+|<!-+|-+>|/\*+|\*+/)")
_BORDER = re.compile(r"[.!?][\"”“’)]?\s+(?=[A-ZÄÖÜ„“\"(§©\d])|\s*[|•·©;]\s*")
_ABBREVIATED = re.compile(
    r"\b(?:\w|Abs|Art|Co|gem|Nr|Nrn|lit|vgl|bzw|usw|etc|inkl|insb|ggf|Dr|sog|Ziff|Sec|Sect|No|Nos|para|incl|Inc"
    r"|Ltd|u\.a)\.$",
    re.IGNORECASE,
)
_REFERS_BACK = _any(
    r"(?:dies|das|such|this|it) (?:ist|wird|is)\b",
    r"(?:eine )?(?:solche|derartige)n? Nutzung",
    r"(?:dem|hiergegen|dagegen|davon)\b",
    r"such (?:use|uses|mining|reproduction|act)",
)

_MODELS = (
    r"\b(?:KI|AI|A\.I\.|LLMs?|GPT|ML)\b|k[üu]e?nstliche\w* Intelligenz|artificial intelligence|machine[- ]learning"
    r"|maschinelle\w* Lern|Sprachmodell|language[- ]model|neural network|neuronale\w* Netz|foundation model"
    r"|generative[- ]model"
)
_MINING = _any(
    r"\btext\W{1,4}(?:(?:und|and|u|n)\W{1,3})?dat(?:a|en)\W{0,3}mining",
    r"\bdata\W{0,3}mining\b",
    rf"\bmin(?:e|ing)\b{_GAP}{{0,3}}?(?:data|contents?|texts?|articles?)\b",
    r"\bTDM\b",
    r"(?:§|\bsection|\bsec\.|\bparagraph|\bparagraf)\W{0,3}44\W?b\b",
    r"\b44b\W{1,3}(?:\w+\.?\W{1,2}){0,4}UrhG",
    r"\b2019/790\b|\bDSM\W{1,2}(?:directive|richtlinie|RL)\b",
    rf"\btrain\w*[^;]{{0,120}}?(?:{_MODELS})",
    rf"(?:{_MODELS})[^;]{{0,80}}?(?:train|Trainings?)",
    rf"\b\w*(?:nutzung|verwendung|verwertung|use){_GAP}{{0,3}}?(?:durch|für|by|for|in){_GAP}{{0,3}}?(?:{_MODELS})",
    r"\b(?:web|screen)?\W?scrap(?:ing|en|ed|e|ers?)\b",
    r"\bautomatisierte\w*\W+Analysen?\b(?![^;]{0,40}(?:Ihre[rs]?|personenbezogen|Nutzungsverhalten))",
)
_ANALYSIS = _any(
    rf"\b(?:automatisch|automatisiert|maschinell|algorithmisch)\w*{_GAP}{{0,3}}?"
    r"(?:\w*analys|\w*auswert|\w*auslesen|\w*extra[hk]|\w*erfass|\w*abruf|\w*zugriff|\w*verarbeit|\w*nutz)",
    rf"\bautomated{_GAP}{{0,3}}?(?:means|access|analys|collecti|extracti|retriev|tool|process|program|system|quer)",
    _MODELS,
)
_CONTENT = _any(
    r"\b\w*(?:Inhalte?|Inhalten|Texte?n?|Werke?n?|Webseiten?|Websites?|Internetseiten?|Artikeln?|Beitr[aä]ge?n?)\b",
    r"\b(?:\w*angebot\w*|Ver[öo]ffentlichung\w*|Publikation\w*|Datenbank\w*|Portals?|Seiten?)\b",
    r"\b(?:contents?|pages?|sites?|articles?|materials?|works?|publications?|databases?|texts?|services?)\b",
)
_PERSONAL = _any(r"personenbezogen|Nutzungsverhalten|\bIhre[rs]? (?:Daten|Angaben)|personal data|your data")
_COURSES = (
    r"Lehrstuhl|Professur|Institut|Kurs|Vorlesung|Seminar|Konferenz|Tagung|Abteilung|Zeitschrift|Arbeitsgruppe|Buch"
    r"|course|lecture|chair|conference|workshop|journal|department|group|institute|degree|professor|book|handbook"
)
# What only sounds like it: teaching, and texts that a model wrote.
_NO_MINING = _any(
    rf"\b(?:{_COURSES})s?\W+(?:(?:für|of|on|for|in|zum|zu|über)\W+)?(?:\w+\W+(?:and|und|&)\W+)?data\W?mining",
    rf"\b(?:mit|durch|von|with|by|using)\W+(?:\w+\W+){{0,3}}?(?:{_MODELS})\W*(?:\w+\W+){{0,2}}?"
    r"(?:erstellt|erzeugt|generiert|übersetzt|created|generated|written|translated)\b",
    rf"\bdata\W?mining\W?(?:{_COURSES}|blog|projekt|project|lab|class|expert)\w*",
)

# What takes a reserving word its force.
_ALL_RIGHTS = re.compile(
    r"(?<!44b: )(?<!mining: )(?<!TDM: )(?<!UrhG: )\b(?:alle Rechte(?: sind| bleiben)? vorbehalten"
    r"|all rights(?: are)? reserved)\b"
    r"(?!\W{1,4}(?:einschl|auch|insb|inkl|ins?besondere|sowie|für|hinsichtlich|bezüglich|dies gilt|darunter|incl|for\b"
    r"|in particular|also|especially|even|as well|this includes|with respect))",
    re.IGNORECASE,
)
_IF = (
    r"\b(?:wenn|sofern|falls|soweit|solange|es sei denn|ob|if|unless|provided|whether|as long as|except where|where)\b"
)
_FIRST_CONDITION = re.compile(rf"^\W*{_IF}[^,;]*,", re.IGNORECASE)
_CONDITION = re.compile(rf"(?<=\w\W){_IF}[^,;]*", re.IGNORECASE)
_CONSENT_DE = r"(?:Zustimmung|Genehmigung|Erlaubnis|Einwilligung|\w*Lizenz\w*|Einverständnis|Freigabe|Vereinbarung)"
_CONSENT_EN = r"(?:permission|consent|authori[sz]ation|licen[cs]e|agreement|approval)"
_CHANGES = r"(?:change|modif|updat|amend|adapt|remov|delet|discontinu|terminat|refus|block|correct)"
_FREE = _any(
    r"\bnicht\W+(?:(?:mehr|länger|grundsätzlich|generell|ausdrücklich|allgemein|etwa)\W+)?"
    r"(?:untersagt|verboten|vorbehalten|ausgeschlossen|unzulässig)\b",
    r"(?:\b(?:not|never|no longer)|n['’]t)\W+(?:(?:been|be|expressly|generally|explicitly|hereby|currently)\W+)*"
    r"(?:reserv|prohibit|forbid|disallow|restrict|exclud|object|barred|banned|requir|need|opt(?:ed)? out)\w*",
    r"\bbeh[aä]lt\w*\b[^;]{0,200}?\bkeine\w*\b[^;]{0,80}?\bvor\b",
    r"\b(?:keine?\w{0,2}|ohne|no|without)\W+(?:\w+\W+){0,2}?"
    r"(?:\w*vorbehalte?\b|reservations?|restrictions?|\w*schränkung\w*|limit\w*|prohibition\w*|Verbote?\b)",
    r"\b(?:nothing|nichts|neither|kein\w* Bestimmung)\b[^;,]{0,120}?\b(?:prohibit|restrict|forbid|untersag"
    r"|verb[io])\w*",
    rf"\bkein\w*{_GAP}{{0,3}}?{_CONSENT_DE}{_GAP}{{0,3}}?(?:erforderlich|nötig|notwendig)\b",
    rf"\bno{_GAP}{{0,3}}?{_CONSENT_EN}{_GAP}{{0,3}}?(?:required|needed|necessary)\b",
    r"\b(?:Änderung|Irrt[uü]m)\w*[^;,]{0,60}\bvorbehalten\b",
    r"\bbeh[aä]lt\w*[^;]{0,60}\b(?:Änderung|Anpassung|Aktualisierung)\w*[^;]{0,160}?\bvor\b",
    rf"\breserv\w*\W+(?:the|all)\W+rights?\W+to\W+{_CHANGES}\w*",
    # the preamble of Cloudflare's content signals, which stands there whether or not a signal is given
    r"\brestrictions expressed via\b[^;]*",
)
_OF_OTHERS = _any(
    r"\b(?:kann|können|könnten|darf|dürfen|sollten?|müssen|wollen)\b(?:(?!\bnicht\b|\bnur\b|\bkein)[^;,]){0,160}?"
    r"\b(?:vorbehalten|untersagen|verbieten|widersprechen|ausschließen)\b",
    r"\b(?:can|could|may|might|should|must|want to|how to|right to|wish to|able to)\W+(?:\w+\W+){0,2}?"
    r"(?:reserve|prohibit|forbid|opt\W?out|object|exclude|disallow|ban)\b",
)
_OTHER_USES = _any(
    r"\b(?:andere|sonstige|übrige|weitere|weitergehende|darüber hinausgehende|other|further)\w*\W+"
    r"(?:\w*nutzung|\w*verwendung|verwertung|rechte|rights?|uses?)\b[^,;.]*"
)

_RESERVED = _any(
    r"\bvorbehalten\b",
    r"\bbeh[aä]lt\w*\W+(?:\w+\W+){0,9}?(?:uns|sich|mir)\b[^;]{0,400}?\bvor\b",
    r"\b(?:untersagt|verboten|unzulässig|ausgeschlossen|zu unterlassen|Unterlassung)\b",
    r"\b(?:wir|ich|hiermit)\b[^;]{0,80}\b(?:untersagen?|verbieten?)\b|\buntersagen wir\b|\bverbieten wir\b",
    r"\bnicht\b(?!\W?kommerziell|\W+nur\b)\W+(?:\w+\W+){0,4}?"
    r"(?:gestattet|erlaubt|zulässig|zugelassen|genehmigt|freigegeben|autorisiert|lizenziert|gewährt"
    r"|einverstanden|gewünscht|erwünscht|zur Verfügung)\b",
    r"\b(?:darf|dürfen)\b(?:(?!\baber\b|\bjedoch\b)[^;]){0,250}?\b(?:nicht(?!\W+nur\b)|keine\w*|weder)\b",
    r"\b(?:gestatten|erlauben|genehmigen|stimmen)\b(?:(?!\baber\b|\bjedoch\b)[^;]){0,120}?\bnicht\b(?!\W+nur\b)",
    rf"\bnur{_GAP}{{0,4}}?(?:mit|nach|bei)\W+(?:\w+\W+){{0,8}}?{_CONSENT_DE}",
    rf"\b(?:bedarf|bedürfen|erforder[nt]|benötig\w+|setz\w+)\W+(?!keine)(?:\w+\W+){{0,8}}?{_CONSENT_DE}",
    r"\bwidersprechen (?:wir|ich)\b|\b(?:wir|ich)\b[^;,]{0,160}\bwidersprechen\b|\bwidersp(?:richt|rochen)\b",
    r"\bkeine?\w{0,4}\W+(?:\w+\W+){0,3}?(?:Text\W|TDM\b|Data\W?Mining|KI\W|Training|Scraping|Nutzung|Verwendung)",
    rf"\bkeine?\w{{0,2}}\W+(?:\w+\W+){0, 2}?{_CONSENT_DE}",
    r"^\W*(?:[\w-]*Vorbehalt|\w*vorbehalt)\b\W{1,2}(?:nach|gem|i\W?\s?S|im Sinn|für|gegen|bezüglich"
    r"|hinsichtlich|zum|§)",
    r"\b(?:hiermit|erklär\w+|gilt|ausdrücklich\w*|mach\w+|unter)\b[^;]{0,120}\b[\w-]*vorbehalts?\b(?!\W+(?:ist"
    r"|muss|sei))",
    r"\breserv(?:e|es|ed|ing)\b",
    r"\b(?:prohibit(?:s|ed)?|forbid(?:s|den)?|disallow(?:s|ed)?|banned|barred|unlawful|excluded|excluding)\b",
    r"\b(?:we|hereby|has|have|are|is)\W+(?:\w+\W+){0,3}?opt(?:s|ed|ing)?\W?out\b",
    r"\b(?:not|never)\b(?!\W?for\W?profit|\W+only\b)\W+(?:\w+\W+){0,3}?"
    r"(?:permit|allow|authori[sz]|grant|licen[cs]|consent|agree)\w*",
    r"\b(?:may|must|shall)\W+(?:not|never|neither)\b(?!\W+only\b)|\bcannot be (?:used|mined|processed|copied"
    r"|analy[sz]ed)",
    r"\b(?:do not|does not|don['’]t|never)\W+(?:use|train|scrape|mine|crawl|copy|process|ingest|harvest|extract"
    r"|collect)\b",
    r"\bno\W+(?:(?:commercial|automated|further|such|unauthori[sz]ed|express|generative|AI)\W+)*"
    r"(?:text\W|TDM\b|data\W?mining|training|scraping|machine\W?learning|part\b|use\b|permission|licen[cs]e|consent)",
    rf"\bonly{_GAP}{{0,4}}?(?:with|after|upon|under)\W+(?:\w+\W+){{0,8}}?{_CONSENT_EN}",
    rf"\b(?:requires?|subject to|needs?)\W+(?!no\b)(?:\w+\W+){{0,8}}?{_CONSENT_EN}",
    r"\b(?:we|publisher|hereby|owner|rightsholder)\W+(?:\w+\W+){0,2}?objects?\W+to\b",
    r"\b(?:express|explicit|hereby|constitutes?|declares?|this is)\b[^;]{0,80}\breservations?\b",
    r"^\W*(?:TDM |rights? |copyright )?reservation\b(?: of rights)?\W{1,3}(?:under|pursuant|for|regarding"
    r"|according|in accord)",
    r"^\W*(?:TDM|text and data mining)\W+opt\W?out\W*$",
    r"\btdm\W?reservation\W{1,3}1\b",
)

_MAYBE = _any(
    r"mining|mine\b|\bTDM\b|44\W?b|2019/790|\bDSM\b|train|scrap|automat|maschinell|algorithm|(?:" + _MODELS + ")"
)
# The same in bytes, free of umlauts, which may be one byte, two or an entity. What is clearly mining is looked at with
# any word that `_RESERVED` may need; what is in every other article, such as AI, only with those that are rarer.
_WINDOW = 600  # bytes
_CLEAR = (
    *(
        b"mining",
        b"mine ",
        b"tdm",
        b"44b",
        b"44 b",
        b"44\xc2\xa0b",
        b"44\xa0b",
        b"2019/790",
        b"dsm-",
        b"dsm ",
        b"scrap",
    ),
    *(b"automatisiert", b"automated", b"ki-training", b"ai training", b"ai-training", b"training von ki", b"train ai"),
)
_VAGUE = (
    *(b" ki ", b" ki-", b">ki-", b" ki.", b" ki,", b" ai ", b"ai-", b" ai.", b" ai,", b" llm", b"intelligen"),
    *(b"machine learning", b"machine-learning", b"maschinell", b"automatisch", b"algorithmisch", b"sprachmodell"),
    *(b"language model", b"language-model", b"neural", b"foundation model", b"generative"),
)
_VAGUE_NEAR = (
    *(b"vorbeh", b"untersag", b"verboten", b"unzul", b"ausgeschlossen", b"unterlass", b"gestatt", b"nicht erlaubt"),
    *(
        b"genehmig",
        b"zustimmung",
        b"einwilligung",
        b"lizen",
        b"widersp",
        b"behalten",
        b"nicht zu",
        b"nicht f",
        b"nicht d",
    ),
    *(b"reserv", b"prohibit", b"forbid", b"disallow", b"unlawful", b"not permit", b"not allow", b"not authori"),
    *(b"not consent", b"consent", b"permission", b"licen", b"may not", b"must not", b"shall not", b"not be used"),
    *(b"do not ", b"not use", b"kein ki", b"no ai", b"object to", b"opted out", b"no part", b"nicht gew"),
)
_CLEAR_NEAR = (
    *(b"vorbeh", b"beh", b"untersag", b"verbot", b"verbiet", b"unzul", b"ssig", b"ausgeschlossen", b"unterlass"),
    *(b"gestatt", b"erlaub", b"genehmig", b"zugelassen", b"freig", b"lizen", b"gew", b"einverst", b"nscht", b"verf"),
    *(b"darf", b"rfen", b"zustimm", b"stimmen", b"einwilli", b"vereinbarung", b"autoris", b"widersp", b"kein"),
    *(b"reserv", b"prohibit", b"forbid", b"disallow", b"banned", b"barred", b"unlawful", b"exclud", b"opt"),
    *(b"permi", b"allow", b"authori", b"consent", b"licen", b"agree", b"approval", b"grant", b"not", b"never"),
    *(b"don", b"no ", b"no-", b"neither", b"object"),
)
