"""The wordings by which German news and press pages part an article from what stands around it."""

from __future__ import annotations

import re

from pipeline.extract.wording import Wording

# A heading behind which nothing belongs to the article any more.
END = re.compile(
    r"(?:presse-?\s?kontakte?|pressestelle|medienkontakte?|kontakt für (?:die )?(?:presse|medien|"
    r"redaktion|journalist)\w*|kontakt|(?:ihr\w* )?ansprechpartner(?:in|innen)?(?: für .{3,40})?|"
    r"(?:rückfragen|presserückfragen|medienanfragen|presseanfragen)\b.*|"
    r"(?:weitere informationen|kontakt zur pressestelle)?\s?für (?:die )?(?:presse\w*|medien\w*|journalist\w*)|"
    r"wissenschaftliche(?:r|n)? (?:ansprechpartner|kontakt)\w*|originalpublikation\w*|publikation|originalveröffentlichung|"
    r"(?:adresse|kontakt|ansprechpartner\w*) für (?:rück|nach|an)fragen\b.*|bei (?:rück|nach)?fragen (?:wenden sie sich|kontaktieren sie)\b.*|"
    r"meldungen: kommentare und meinungen|.{2,60}: kontakt und steckbrief|"
    r"disclaimer|haftungsausschluss|impressum|das könnte (?:sie|dich) auch interessieren|"
    r"ähnliche(?: (?:artikel|beiträge|meldungen|themen))?|verwandte (?:artikel|themen|beiträge)|"
    r"weitere (?:meldungen|artikel|beiträge|pressemitteilungen|nachrichten)(?: (?:aus|von|vom|zu|zum) .{2,60})?|"
    r"schlag(?:wörter|worte)|tags|hintergrund zum unternehmen|unternehmensprofil|boilerplate|herausgeber(?:in)?|"
    r"seite drucken|kommentare?(?: \(\d+\))?|zur startseite|nach oben|seitenanfang|"
    r"infos zum zitiervorschlag|unabhängiger journalismus braucht .*)\s*[:.]?",
    re.I,
)
# Headings of that kind that may as well stand within an article: they end it where hardly any prose follows.
LATE_END = re.compile(
    r"(?:(?:unternehmens)?porträt|kurzprofil|zur person|hinweis (?:für|an) (?:die )?redaktion\w*|redaktioneller hinweis|"
    r"(?:unsere |verwendete |weitere )?(?:informations)?quellen?(?:\(n\))?(?: und links)?|stichwörter|themen|verknüpfte inhalte|"
    r"(?:mehr|weitere|aktuelle|neueste|neue|letzte|alle)(?: aktuelle)? (?:news|nachrichten|artikel|meldungen|beiträge|"
    r"pressemitteilungen|pressemeldungen|themen|inhalte|informationen|medien)(?: (?:aus|von|vom|zu|zum|für|der|des|im|in) .{2,60})?|"
    r"zurück(?: zu\w* .{3,40})?|downloads?|zum (?:herunterladen|download)|dokumente|anhänge?|anlagen?|druckversion|"
    r"weiterführende (?:links|informationen)|links(?: zum (?:thema|artikel))?|service|bildmaterial|pressebilder|"
    r"presse-?kit|mediathek|kategorien?|ressorts?|meistgelesen\w*|meistgelesene artikel)\s*[:.]?",
    re.I,
)
# The heading over what a sender says of itself.
PROFILE = re.compile(
    r"Über (?:uns|(?:(?:die|den|das) )?(?P<name>[A-ZÄÖÜ][^.!?\n]{1,80}|[a-z0-9&]+(?:\.\w+)+|1&1[^.!?\n]{0,60}))\s*:?"
)
# These point elsewhere; the article may go on behind them.
POINTER = re.compile(
    r"(?:[>»→*+|-]+\s*)?(?:(?:bitte )?(?:lesen|hören|sehen) sie (?:dazu |hierzu |hier )?(?:auch|mehr|"
    r"weiter)|lesetipp|lesen sie dazu|lies auch|auch (?:interessant|spannend)|mehr (?:zum|zu diesem) thema|mehr dazu|mehr zu\b|"
    r"mehr «|zum thema|zum artikel|weiterlesen|weitere infos|siehe auch|passend dazu|das könnte (?:sie|dich)|"
    r"exklusive .{3,60} – für sie recherchiert|folgen sie|jetzt abonnieren|"
    r"(?:unser |zum |hier )?newsletter|ein klick für den datenschutz|anzeige|werbung|externer inhalt|"
    r"empfohlener (?:redaktioneller|externer) inhalt|dieser artikel ist zuerst|fehler gefunden|"
    r"haben sie (?:einen )?fehler|bitte markieren sie die|wie hat ihnen dieser artikel gefallen|durchschnittliche bewertung|"
    r"verfügbar bis|folgst du schon|über dieses thema berichtet|dieses thema im programm|"
    r"transparenzhinweis|(?:die mit|bei den mit|\*\s?bei dem link) .{0,80}affiliate-link|nicht verpassen|"
    r"hier können sie interessante artikel speichern|dieser (?:artikel|text|beitrag) wurde (?:teils |automatisch )?mit\s?(?:hilfe)?|noch mehr \w+ themen|"
    r"um diese[nrs]? .{3,40} anzuzeigen|(?:ich bin|sie sind) damit einverstanden|mit meiner anmeldung|jetzt spenden|unterstütz(?:e|t|en sie) (?:uns|unsere))\b.*|"
    r".{0,60}\bconsent-einstellungen\b.*|"
    r"(?:aktuelle|alle|die neuesten|weitere|mehr) [^.!?]{0,80}\b(?:finden|lesen|gibt|erfahren|sehen) (?:es |sie |du )?[^.!?]{0,60}"
    r"\b(?:live-?blog|ticker|live-?ticker|newsblog|überblick|themenseite|dossier)\b[^.!?]{0,40}[.:]?",
    re.I | re.S,
)
# What a page offers to do with an article, and the captions of what it shows beside it.
CONTROLS = re.compile(
    r"(?:(?:anzeige|werbung|advertisement|teilen|drucken|merken|verschenken|anhören|vorlesen|speichern|kommentieren|pdf|"
    r"link kopier(?:t|en)|kopiert|news folgen|(?:artikel|seite|beitrag) (?:teilen|drucken|merken|anhören)|schließen|"
    r"artikelzusammenfassung|e-mail|facebook|x|twitter|whatsapp|linkedin|xing|mastodon|bluesky|\d:\d\d)\b\W*)+",
    re.I,
)
CAPTION = Wording(
    pattern=re.compile(
        r"(?:[^\n]{0,250}\s)?(?:\((?:foto|bild|symbolbild|symbolfoto|archivbild|archivfoto|grafik|quelle)\s?:\s?[^()\n]{2,60}\)|"
        r"\b(?:foto|bild|bildquelle|bildrechte|symbolbild|symbolfoto|archivbild|archivfoto)\s?:\s?[^.!?\n]{2,60}|"
        r"(?:©|\(c\)) ?[^.!?\n]{2,60}|\d{1,3}:\d\d min\.?)|(?:getty images|picture alliance)(?:[/ ]\w+)*",
        re.I,
    ),
    words=("foto", "bild", "grafik", "quelle", "©", "(c)", " min", "getty images", "picture alliance"),
)
ADVERT = Wording(
    pattern=re.compile(
        r"\b(?:cookies? (?:um|zu|und|ein)|verwenden cookies|(?:wenn du|indem sie) hier klick\w*|"
        r"newsletter (?:an|abonnieren|informiert|von\b|bringt|erhalten)|(?:unser\w*|täglichen?|kostenlosen?|wöchentlichen?|jetzt .{0,30}) "
        r"(?:[\w-]+-)?newsletter|abonnier(?:e|en sie|t)\b|jetzt abonnieren|melden sie sich .{0,40}an\b|"
        r"(?:jetzt|hier|einfach) (?:kostenlos )?(?:anmelden|registrieren|testen|bestellen|downloaden|herunterladen)|"
        r"kostenlos (?:testen|abonnieren|anmelden)|testen sie\b.{0,60}\b(?:wochen|monat|kostenlos|gratis|abo)|alle rechte vorbehalten|"
        r"für die kommerzielle nutzung|"
        r"(?:unser\w*|folg\w*|abonnier\w*|jetzt|hier|dem) (?:[\w„“\"»«-]+ ){0,4}(?:whatsapp|telegram)-(?:kanal|channel)|"
        r"(?:whatsapp|telegram)-(?:kanal|channel)\b.{0,40}\b(?:abonnier|folgen sie|klicken)|"
        r"(?:auf|bei) (?:social media\b|(?:whatsapp|facebook|instagram|twitter)\b.{0,60}\b(?:facebook|instagram|youtube|tiktok))|"
        r"(?:[\w-]+-)?app (?:herunterladen|laden|– für android|für android)|push-nachrichten|e-paper|datenschutzerklärung|"
        r"klick auf \"alle akzeptieren|affiliate-links?|erhalten wir eine provision|unsere redaktion unterstützen|"
        r"unterstützen sie (?:uns\b|unser)|(?:ihre|deine) spende\b|mit (?:ihrer|deiner) (?:spende|unterstützung)|"
        r"(?:ihre|deine) (?:freiwillige )?unterstützung\b)",
        re.I,
    ),
    words=(
        *("cookie", "hier klick", "newsletter", "abonnier", "melden sie sich", "anmelden", "registrieren", "testen"),
        *("bestellen", "herunterladen", "downloaden", "app laden", "alle rechte vorbehalten"),
        *("kommerzielle nutzung", "whatsapp", "telegram-", "social media", "facebook", "instagram", "twitter"),
        *("android", "push-nachrichten", "e-paper", "datenschutzerklärung", "alle akzeptieren", "affiliate-link"),
        *("provision", "unterstützen", "spende", "unterstützung"),
    ),
)
BYLINE = re.compile(
    r"(?:von:? (?-i:(?:[A-ZÄÖÜ][\w.’'-]+|von|van|de|der|zu|und|&|/)(?:[,\s]+|$)){1,9}(?:\|.{0,60}\d.{0,20})?|"
    r"(?:erstpublikation|text|autor(?:in)?|redaktion|fotos?|bild|bearbeitet von|übersetzung(?: und adaptierung)?):\s[^.!?]{2,80}|"
    r"(?:stand|veröffentlicht|erschienen|aktualisiert|zuletzt|erstellt|datum|lesezeit|lesedauer)\b.{0,40}\d.{0,40}|"
    r"[^.!?\n]{0,60}\b\d{1,2}\.\d{1,2}\.\d{4}\b[^.!?\n]{0,50}|"
    r"\d+ min(?:uten?|\.)? ?(?:lesezeit|lesedauer|lesen)?|(?:\w+, )?(?:den )?\d{1,2}\.\s?(?:\d{1,2}\.|"
    r"\w+)\s?\d{2,4}(?:[,| –-]*\d{1,2}[:.]\d{2}(?: uhr)?)?|hauptinhalt|pressemitteilung(?:en)?(?: nr\..*)?|"
    r"pressemeldung|faq|"
    r"lesezeichen|vorlesen|drucken|teilen|merken|artikel anhören|-?aktualisiert am.*)[\s|:]*",
    re.I,
)
STRONG_SOURCE = re.compile(r"\((?P<who>[^():]{2,80}):\s?[a-zäöü]{2,4}\)$")
WEAK_SOURCE = re.compile(
    r"(?:quellen?|originaltext|original-content von|originalmeldung|originalquelle|source|übermittelt durch)\s?:\s*(?P<who>[^\n]{2,120})",
    re.I,
)
_AGENCIES = r"dpa(?:-\w+)?|AFP|Reuters|KNA|epd|APA|SDA|AP|ots|dts|sid|reuters|afp"
AGENCY = re.compile(
    rf"(?:\((?P<who>(?:{_AGENCIES})(?:\s?[/,;]\s?[\w-]{{2,12}})*)\)|(?:mit (?:material von )?)?(?P<bare>{_AGENCIES})(?:[/,][\w-]{{2,12}})?|© ?(?P<copy>[\w-]+),? dpa:.*)"
)
DATELINE = re.compile(r"(?-i:[A-ZÄÖÜ])[^.!?\n]{1,50} \((?:ots|dpa(?:/\w+)?|AFP|APA|epd|KNA|sda)\)\s*[-–—:.]*")
INITIALS = re.compile(r"\(?[A-Za-zäöü]{2,4}(?:/[A-Za-zäöü]{2,4})?\)|©\s?\w.{0,60}|\w{2,12} \([\w ,.-]{2,60}\)")
