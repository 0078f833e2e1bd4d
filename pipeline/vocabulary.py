"""What the words of the database are called in German, written once for model, pages and digest.

Days and hours that readers see are those of Berlin. The incident types have names and descriptions of their own, in `analyse.labels` and in the table `incident_types`.
"""

from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
UNNAMED = "N. N."  # stands for the name of a person

# In the order in which a reader wants to know them.
ROLES = {
    "affected": "betroffen",
    "processor": "Dienstleister",
    "attacker": "Angreifer",
    "authority": "Aufsicht und Behörde",
    "law_enforcement": "Strafverfolgung",
    "reporter": "deckt auf oder berichtet",
    "expert": "sachverständig",
    "other": "sonstige",
}

STATUSES = {
    "alleged": "behauptet",
    "confirmed": "bestätigt",
    "denied": "bestritten",
    "none": "ohne Vorfall",
}

SECTORS = {
    "statutory_health_insurer": "gesetzliche Krankenkasse",
    "private_insurer": "private Versicherung",
    "hospital": "Krankenhaus",
    "practice_or_care": "Praxis und Pflege",
    "pharmacy": "Apotheke",
    "it_provider": "IT-Anbieter",
    "service_provider": "Dienstleister",
    "industry": "Industrie",
    "retail": "Handel",
    "finance": "Finanzwesen",
    "public_administration": "Verwaltung",
    "data_protection_authority": "Datenschutzaufsicht",
    "supervisory_authority": "Aufsichtsbehörde",
    "law_enforcement": "Strafverfolgung",
    "court": "Gericht",
    "media": "Medien",
    "association": "Verband",
    "research": "Forschung",
    "political_party": "Partei",
    "attacker_group": "Tätergruppe",
    "other": "sonstige",
}

DATA_CATEGORIES = {
    "health": "Gesundheitsdaten",
    "bank": "Bankdaten",
    "contact": "Kontaktdaten",
    "credentials": "Zugangsdaten",
    "insurance": "Versichertendaten",
    "staff": "Personaldaten",
    "customer": "Kundendaten",
    "identity": "Ausweis- und Identitätsdaten",
}

# How polls and fetches end, see `outcomes.OUTCOMES`; `waiting` is an entry whose page is still to be fetched.
OUTCOMES = {
    "ok": "in Ordnung",
    "unchanged": "unverändert",
    "waiting": "wartet",
    "new": "neu",
    "changed": "geändert",
    "known": "bekannt",
    "reserved": "Rechte vorbehalten",
    "filtered": "nicht gewünscht",
    "repeated": "doppelt",
    "refused_robots": "robots.txt verbietet es",
    "refused_address": "Adresse nicht erlaubt",
    "not_a_feed": "kein Feed",
    "not_text": "kein Text",
    "no_address": "keine Adresse und kein Text",
    "unreadable": "nicht zu lesen",
    "too_large": "zu groß",
    "too_many_redirects": "zu viele Weiterleitungen",
    "timeout": "keine Antwort in der Zeit",
    "truncated": "abgebrochen",
    "certificate": "Zertifikat ungültig",
    "unreachable": "nicht erreichbar",
    "error": "Fehler",
}


def outcome(word: str | None) -> str:
    """How looking at a source or asking for an article ended."""
    if word is None:
        return "noch nie gelesen"
    return OUTCOMES.get(word) or word.replace("http_", "HTTP-Status ")
