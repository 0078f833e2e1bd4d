"""Wordings that point to an incident type: written down, not learnt, and weighed by the model like any other sign."""

from __future__ import annotations

import re

from pipeline.analyse.labels import TYPES

_DATA = r"(?:\w*daten\w*|datensätze\w*|unterlagen|akten|informationen|angaben|dokumente|befunde|dateien|adressen|passwörter)"
_PATTERNS: dict[str, tuple[str, ...]] = {
    "data_breach": (
        r"datenpanne\w*|datenvorfall\w*|datenhandel|datenschutzvorfall|darknet|\bpublik geworden",
        r"(?:unbefugte|fremde|unbekannte|dritte)\b.{0,50}\b(?:zugang|zugriff|kenntnis|gelesen|mitgelesen|abgerufen)",
        r"ausgelesen|ausgespäht\w*|abgezweigt|abgesaugt|abgefischt|mitgenommen|heruntergeladen|mitlesen|frei einsehbar|\w+ fremder (?:versicherter|kunden|patienten)|bescheide? (?:anderer|fremder)",
        r"datenleck\w*|datenabfluss\w*|datendiebstahl\w*|datenraub|datenklau|datenskandal\w*|\w*leak\b|geleakt\w*",
        rf"{_DATA}\b.{{0,60}}\b(?:gestohlen|erbeutet|abgeflossen|abgegriffen|entwendet|kopiert|veröffentlicht|gelangt\w*|abgezogen|ausgeleitet|eingesehen|einsehbar|abrufbar|offen im|im darknet|zum verkauf|zum kauf)",
        r"an (?:unbefugte|dritte|fremde)\b|in (?:falsche|fremde|unbefugte) hände|(?:unbefugte|fremde|dritte)\b.{0,40}\b(?:einsicht|zugriff|lesen|einsehen|gelangt)",
        r"\b(?:erbeute\w+|stahlen|stiehlt|kopierten?|abgeflossen\w*|entwendet\w*)\b.{0,50}" + _DATA,
    ),
    "cyberattack": (
        r"(?:unbekannte|unbefugte|fremde|kriminelle|angreifer|täter)\w*\b.{0,60}\b(?:eingedrungen|drangen|drang|verschafft\w*|erbeutet\w*|angegriffen|gekapert|übernommen)|drang\w*\b.{0,60}\bein\b",
        r"\w*-?(?:angriffs?|attacke|angriffe)\b(?! auf den (?:rechtsstaat|mann|chef))|angegriffen\w*|attackiert\w*|kompromittiert\w*|gekapert\w*|angreifern?\b|eindringlinge?n?|hackten?|cyberangreifer",
        r"cyber-?(?:angriff\w*|attacke\w*|vorfall\w*|kriminell\w*)|hacker-?(?:angriff\w*|attacke\w*)|it-angriff\w*|gehackt\w*|\bhack\b|hackerin\w*|hackern?\b",
        r"\b(?:angreifer\w*|eindringling\w*|unbekannte|täter)\b.{0,60}\b(?:zugang|zugriff|eingedrungen|netz\w*|system\w*|server\w*|konto|konten)",
        r"in (?:das|die|ihr|sein|ihre)\b.{0,30}\b(?:netz\w*|systeme?|server)\b.{0,20}\b(?:eingedrungen|eindrang\w*|einged\w+)|angriff auf (?:die|das|den|ihre|unsere)\b.{0,25}(?:it|system|server|netz)\w*|kontoübernahme\w*",
    ),
    "ransomware": (
        r"unlesbar gemacht|verschlüsselung (?:ihrer|seiner|der|von)\b.{0,20}\b(?:server|daten|systeme|rechner)|verschlüsselten? (?:die )?(?:täter|angreifer|hacker)|daten verschlüsselt|wieder freigib\w+|entschlüsse\w+|verschlüsselt\w*,? (?:und|insolvent)",
        r"ransomware\w*|erpressungs-?(?:trojaner|software)\w*|verschlüsselungs-?trojaner\w*|erpressungssoftware|lockbit|blackcat|alphv|\bakira\b|cl0p|\bclop\b|blackbasta|black basta",
        r"\b(?:server|daten|systeme?|rechner|dateien|festplatten|netz\w*|laufwerke)\b.{0,50}\bverschlüssel(?:t|ten)\b|verschlüsselten? (?:server|daten|systeme|rechner|dateien)|leak-?seite",
    ),
    "malware": (
        r"schädling\w*|\bwurm\b|spähprogramm\w*|überwachungsprogramm\w*|hintertür\w*|schadcode|flubot|fernsteuerung\w*|krypto-?schürf\w*|schürft\w*|infizierte\w*|bösartige\w*",
        r"schadsoftware\w*|schadprogramm\w*|malware\w*|trojaner\w*|spyware|spionagesoftware|staatstrojaner|infostealer|botnet\w*|\bwürmer?\b|computervir\w+|emotet|keylogger|skimmer|schadcode\w*|infiziert\w*|bankingtrojaner",
    ),
    "phishing": (
        r"gab(?:en)? sich\b.{0,60}\baus\b|ausgab(?:en)?\b|vermeintliche\w* (?:\w+ )?(?:techniker|chef|mail|lieferung|mitarbeiter|rektor|bank)\w*|angebliche\w* (?:\w+-?)?(?:chef|mail|techniker|sms|nachricht|anruf|brief|support)\w*|betrüger\w*|telefonbetrug|qr-?codes?|falsche\w* (?:chef|sms|techniker|mail|code|bankpost|krankenkassen-\w+|rechnung)\w*|nachgemachte\w* (?:mail|e-mail)\w*|onlineshops? .{0,30}(?:erfunden|fake)|gutscheinkarten|kurznachricht\w*|vortäusch\w*|vorgegaukelt|zugangsdaten (?:eingeb|abge)\w*",
        r"phishing\w*|smishing|quishing|vishing|gefälschte\w* (?:e-?mails?|mails?|sms|seiten?|webseiten?|schreiben|nachrichten|rechnungen|briefe|anrufe\w*)|betrügerische\w* (?:e-?mails?|mails?|sms|anrufe|nachrichten|schreiben)|ceo-?fraud|chef-?masche|enkeltrick\w*|schockanruf\w*|fake-?(?:shop|mail|seite)\w*|betrugsmasche\w*",
        r"geben? sich als\b.{0,50}\baus\b|angebliche\w* (?:mitarbeiter|bank|krankenkasse|polizist)\w*|social engineering|falsche\w* (?:mitarbeiter|polizist|bankmitarbeiter|kassen\w*)\w*|getäuscht\w*|nachgebaute\w*",
    ),
    "ddos": (
        r"mit (?:\w+ )?(?:anfragen|aufrufen|datenmüll)\b.{0,30}\b(?:geflutet|überflutet|überhäuft|überschüttet|überrollt|lahm\w*|erstickt)|in die knie|überlast\w*|botnetz\w*|unerreichbar",
r"ddos\w*|denial[- ]of[- ]service|überlastungs-?(?:angriff|attacke)\w*|noname057\w*|killnet|(?:flut|masse\w*)\b.{0,20}\b(?:anfragen|zugriffen)|lahmgelegt durch anfragen",),
    "vulnerability": (
        r"(?:web|software|konfigurations|programmier)?fehler\b.{0,40}\b(?:portal|app|software|system|hersteller|seite)|schwäche(?:n)?\b|sicherheitsrisik\w*|unverschlüsselt\w*|im klartext|ungeprüft|ohne (?:prüfung|anmeldung|passwort|zugriffsschutz)|prüfte nicht|nicht (?:überprüft|geprüft)\b|fortlaufende\w* nummern?|hintertür\w*|pufferüberlauf|ließ\w* sich\b.{0,50}\b(?:abrufen|ändern|auslesen|umgehen|überlisten|erraten)|überlist\w*|auszuhebeln|gehackt werden (?:kann|könnte)",
        r"sicherheitslücke\w*|schwachstelle\w*|sicherheitsleck\w*|zero-?day\w*|cve-\d+|\bexploit\w*|\blücken?\b|(?:sicherheits)?patch\w*|sql-injection|sicherheitsmangel\w*|sicherheitsmängel\w*|softwarefehler|cvss|ungeschützt\w*|sicherheitsupdate\w*",
    ),
    "extortion": (
        r"(?:geld|zahlung|bitcoins?|million\w*|dollar)\b.{0,40}\b(?:verlang|forder|gefordert|wollte)\w*|gedroht|drohen|drohte\b|androht\w*|forderung der (?:gruppe|täter|erpresser)|in bitcoin|zahlungsaufforderung",
        r"erpress(?:ung|er|t|te|ten|en|bar|ungs)\w*|lösegeld\w*|schweigegeld\w*|schutzgeld\w*|(?:forder|verlang)\w*\b.{0,40}\b(?:bitcoin|euro|million\w*|monero|dollar)|droh\w+\b.{0,60}\bveröffentlich\w*|\bultimatum\b",
    ),
    "insider_misuse": (
        r"ohne (?:\w+ )?(?:anlass|dienstlichen)\b|dienstliche\w* (?:grund|anlass)|private\w* (?:abfrage|nachforschung|neugier|zweck)\w*|eifersucht|neugier\w*|insiderwissen|maulwurf|in den eigenen reihen|ex-(?:frau|mann|partner\w*|mitarbeiter|banker)\b.{0,60}|spähte\b|polizeicomputer|auf (?:einen|seinen|den) (?:privaten )?usb-stick",
        r"innentäter\w*|(?:ehemalige\w*|frühere\w*|eigene\w*|ex-?)\s?(?:mitarbeiter|beschäftigt|angestellt|sachbearbeiter|administrator|pfleger|beamt|kolleg|polizist)\w*",
        r"\b(?:mitarbeiter\w*|sachbearbeiter\w*|pfleger\w*|krankenschwester|beamt\w+|polizist\w*|angestellte\w*|administrator\w*|beschäftigte\w*)\b.{0,80}\b(?:unbefugt|unberechtigt|ohne dienstlichen|ohne dienstliche|neugier|abgefragt|abgerufen|missbrauch\w*|privat\w*|heimlich|verkauft\w*|kopiert\w*)|ohne dienstliche\w* (?:anlass|grund)|aus neugier",
    ),
    "accidental_disclosure": (
        r"falsche\w* (?:umschl|datei|feld|rechnung|konto|kundenkonto|patient)\w*|konfigurationsfehler\w*|stand(?:en)? (?:\w+ )?(?:offen|frei|ungeschützt)\w*|(?:altpapier|blaue\w* tonne|container|papiertonne)|versehen\b|nicht (?:gelöscht|geschreddert|geleert|abgeschlossen)|falsch (?:entsorgt|bestückt|hinterlegt)\w*|ohne schutz|herumliegen|offen im netz|auf öffentlich gestellt|\bpanne\b|frei herum\w*|verwechsl\w*|verwechselt",
        r"datenpanne\w*|versehentlich\w*|irrtümlich\w*|aus versehen|fehlversand|falsche\w* (?:adresse|empfänger|anschrift|anhang|briefumschl)\w*|falsch (?:adressiert|verschickt|zugestellt|kuvertiert|konfiguriert)\w*|fehlkonfig\w*|offene\w* (?:verteiler|verzeichnis|server|datenbank)\w*|kuvertier\w*|vertauscht\w*|\bcc\b|\bbcc\b|ungesichert\w*|ohne passwort\w*|im altpapier|papiercontainer|müll\w*|öffentlich (?:zugänglich|einsehbar|abrufbar)\w*|frei (?:zugänglich|abrufbar|einsehbar)\w*|ungeschwärzt\w*|an fremde (?:versicherte|kunden|empfänger)",
    ),
    "theft_or_loss": (
        r"abhandengekommen|abhanden gekommen|gestohlene\w* (?:laptop|akten|rechner|unterlagen|festplatte)\w*|(?:magnet|sicherungs)bänder\w*|dieb(?:e|en|stahl\w*)\b|aus (?:einem|dem) (?:dienst)?wagen|fundbüro|fehlt\b.{0,20}\bjede spur|verschwand\w*",
        r"(?:gestohlen\w*|entwendet\w*|verschwunden\w*|verloren\w*|abhanden\w*|geklaut\w*|vermisst\w*)\b.{0,60}\b(?:laptop|notebook|usb|stick|festplatte|akte|ordner|tasche|datenträger|rechner|smartphone|tablet|handy|cd|server)\w*",
        r"\b(?:laptop\w*|notebook\w*|usb-?\w*|stick\w*|festplatten?|akten?\w*|ordner|tasche|datenträger|rechner|tablet\w*|diensthandy|computer|cds?|sicherungsb\w+)\b.{0,60}\b(?:gestohlen|entwendet|verschwunden|verloren|abhanden|geklaut|vermisst|liegen gelassen|vergessen)|einbr(?:uch|echer|üche)\w*|eingebrochen",
    ),
    "third_party": (
        r"\b(?:hersteller|lieferant|betreiber|vertragspartner|wartungspartner|callcenter|call-center|rechenzentrum|fremdfirma|agentur|abrechnungszentrum|verrechnungsstelle|partneragentur|entsorg\w+firm\w*|spediteur\w*)\w*\b|externe\w* (?:firma|partner|anbieter|unternehmen)|beauftragte\w* (?:firma|unternehmen|agentur)|betreib(?:t|en) (?:die firma|für)|betrieben (?:wird|von)|im auftrag (?:der|des|von)",
        r"(?:bei|über|durch|von|vom) (?:einem|einen|ihrem|ihren|seinem|unserem|externen|dem|den|einer)\s?(?:\w+ )?(?:\w*dienstleist\w*|zulieferer\w*|auftragsverarbeiter\w*|\w*anbieter\w*|partner\w*|lieferant\w*|subunternehm\w*|druckerei|lettershop\w*)",
        r"\w*dienstleister\w*|auftragsverarbeit\w*|auftragsdatenverarbeit\w*|zulieferer\w*|lieferkette\w*|subunternehm\w*|lettershop|im auftrag der|drittanbieter\w*",
    ),
    "privacy_violation": (
        r"verspätet\w*|erst nach \w+ (?:tagen|wochen|monaten)|fehlende\w* (?:vertrag|einwilligung|zugriffskontrolle|meldung|folgenabschätzung)|(?:keine|ohne)\w* (?:\w+ )?(?:vertrag|einwilligung|folgenabschätzung|einverständnis|protokoll)\w*|technische\w* und organisatorische\w*|illegal\w*|kamera\w*|ortung|gps\b|werbe(?:zwecke|partner|anrufe)\w*|privatsphäre|anlasslos\w*|beanstand\w*|whatsapp|datenschutzwidrig|nie zugestimmt|unzureichend\w*",
        r"datenschutz(?:verstoß|verstöße\w*|verletzung\w*|rechtswidrig\w*|widrig\w*)|(?:verstoß|verstöße|verstieß|verstoßen|verletz\w+)\b.{0,40}\b(?:dsgvo|datenschutz\w*|grundverordnung)|ohne (?:einwilligung|rechtsgrundlage|zustimmung|wissen|auftragsverarbeitungsvertrag|vertrag)|rechtswidrig\w*|unzulässig\w*|unrechtmäßig\w*|überwach(?:t|ung|te)\w*|ausgespäht\w*|bespitzel\w*|heimlich\w* (?:gefilmt|aufgezeichnet|überwacht)|tracking|\bcookies?\b|videoüberwachung|nicht (?:rechtzeitig|fristgerecht|gemeldet|gelöscht)|zu spät|72 stunden|weitergegeben\w*|ohne erlaubnis",
    ),
    "sanction": (
        r"\bbusse\b|tagessätz\w*|ordnungsgeld\w*|auferlegt|zu zahlen|zahlen müssen|schuldspruch|datenschutzstrafe\w*|rekordstrafe|verbietet|verbot\b|verpflichtet\w* (?:sie|ihn|das|die)\b|sprach\b.{0,60}\beuro\b.{0,5}\bzu\b|\bbescheid über\b|beanstandung|einziehung|monate auf bewährung|wiedergutmachung|verwarnungsgeld|rüge\b|kündigung für wirksam",
        r"bu(?:ß|ss)geld\w*|geldbu(?:ß|ss)e\w*|geldstrafe\w*|freiheitsstrafe\w*|bewährung\w*|verurteil\w*|haftstrafe\w*|schadensersatz\w*|schadenersatz\w*|schmerzensgeld\w*|zwangsgeld\w*|verwarnung\w*|verwarnt\w*|untersag\w*|\brüg(?:e|te|t)\b|strafe\w* von|millionenstrafe|urteilt\w*|verhängt\w*|jahre\w* (?:haft|gefängnis)|ordnete\b.{0,40}\ban\b|angeordnet",
    ),
    "billing_fraud": (
        r"in rechnung gestellt|zu unrecht (?:\w+ ){0,4}(?:gezahlt|kassiert|ausgezahlt|erhalten)|erfunden\w* (?:hausbesuche|tests|corona|leistungen|rechnungen|patienten)\w*|(?:gefälscht|nachgemacht|falsch)\w* (?:rezept|verordnung)\w*|\bauf dem papier\b|bandenmäßig\w*|bürgertests?|\wverrechnet\b|leistungen,? die (?:es )?nie|gefälschte\w* impf\w*|rezepte?n? (?:einlös|eingelöst|gefälscht|nachgemacht)\w*|tatsächlich (?:erbracht|behandelt)\w*",
        r"abrechnungsbetr\w*|falschabrechnung\w*|luftleistung\w*|pflegebetrug|rezeptbetrug|rezeptfälsch\w*|gefälschte\w* rezept\w*|versichertenkarte\w*|nicht erbracht\w*|nie erbracht\w*|zu unrecht\b.{0,20}\babgerechnet\w*|(?:falsch|betrügerisch|fingiert|doppelt|zu viel)\w*\b.{0,20}\b(?:abgerechnet|abrechn)\w*|abgerechnet\w*\b.{0,50}\b(?:nie|nicht)\b|testzentr\w+\b.{0,60}betr\w+|corona-?test\w*\b.{0,50}\b(?:abgerechnet|betrug)|fehlverhalten\w* im gesundheitswesen|krankenkassen\b.{0,40}\bbetrog\w*",
    ),
    "corruption": (
        r"betrugsverdacht|gegenleistung\w*|in die eigene tasche|scheinrechnung\w*|hand aufgehalten|entlohnen|bonus von|fremde konten|vermögenswerte|auftragsvergabe\w*|risikostrukturausgleich|gesundheitsfonds|amtsmissbrauch|parteispenden?|begünstig\w*|unrechtmäßige\w* zuwendung\w*",
        r"korrup\w*|bestech\w*|schmiergeld\w*|untreue\b|veruntreu\w*|vorteilsannahme|vorteilsgewährung|kick-?back\w*|zuweisung gegen entgelt|unterschlag\w*|bestochen\w*|geldwäsche|upcoding|diagnosen\b.{0,30}\b(?:manipul|kodier|nachträglich)\w*|provisionen",
    ),
    "outage": (
        r"computerpanne|computerstörung|computerausfall|it-panne|(?:ohne|kein) (?:netz|telefon|internet|empfang)|notruf\w*|stillstand|stehen still|stand still|(?:liefen|laufen) ins leere|gestört|abstürz\w*|abgestürzt|routing\w*|crowdstrike|misslungene\w* (?:update|umstellung)|(?:kabel|glasfaser\w*)\b.{0,40}\b(?:durchtrennt|zertrennt|reißt|gerissen)\w*|überhitz\w*|fiel\w*\b.{0,40}\baus\b|nicht (?:mehr )?(?:erreichbar|aufrufbar|verfügbar)|wartungsfehler",
        r"(?:it|system|technische|server|netz|telefon)?-?(?:störung|ausfall|panne|ausfälle|störungen)\b(?! der daten)|ausgefallen\w*|nicht erreichbar|außer betrieb|systemausfall\w*|serverausfall\w*|stromausfall\w*|fehlerhafte\w* update|lahmgelegt\w*|nichts geht mehr|fielen\b.{0,30}\baus\b|defekt\w*|brand im rechenzentrum",
    ),
}  # fmt: skip
_CUES = [re.compile("|".join(rf"\b(?:{part})" for part in _PATTERNS[type])) for type in TYPES]
MOST = 3


def count_cues(text: str) -> list[int]:
    """How many wordings in a text point to each incident type, each counted up to a few."""
    lower = " ".join(text.lower().split())
    return [min(MOST, sum(1 for _ in cue.finditer(lower))) for cue in _CUES]
