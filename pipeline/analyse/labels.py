"""The vocabulary of the domain, as the model uses it: mention labels and incident types, with roles, sectors and statuses.

The neighbours in other vocabularies are those of VERIS (Vocabulary for Event Recording and Incident Sharing) and of
the Reference Security Incident Taxonomy (RSIT) of the European CSIRT community.
"""

from dataclasses import dataclass

from pipeline.vocabulary import ROLES, SECTORS, STATUSES

__all__ = ["MENTIONS", "ROLES", "SECTORS", "STATUSES", "TYPES", "TypeLabel"]

MENTIONS = ("ORG", "PER", "LOC", "MISC")


@dataclass(frozen=True, kw_only=True)
class TypeLabel:
    """An incident type with its German name and its neighbours in VERIS and RSIT."""

    id: str
    name_de: str
    description_de: str
    veris: str | None = None
    rsit: str | None = None


def _type(id: str, name: str, description: str, veris: str | None = None, rsit: str | None = None) -> TypeLabel:
    return TypeLabel(id=id, name_de=name, description_de=description, veris=veris, rsit=rsit)


TYPES = {
    label.id: label
    for label in (
        _type(
            "data_breach",
            "Datenabfluss",
            "Personenbezogene oder vertrauliche Daten sind zu Unbefugten gelangt, gleich wodurch.",
            "attribute.confidentiality",
            "information-content-security",
        ),
        _type(
            "cyberattack",
            "Cyberangriff",
            "Jemand ist in Systeme eingedrungen oder hat es versucht, auch Kontoübernahme und Verunstaltung.",
            "action.hacking",
            "intrusions",
        ),
        _type(
            "ransomware",
            "Ransomware",
            "Systeme oder Daten sind verschlüsselt worden, oder eine Ransomware-Gruppe nimmt den Angriff für sich in Anspruch.",
            "action.malware",
            "malicious-code",
        ),
        _type(
            "malware",
            "Schadsoftware",
            "Schadsoftware außer Ransomware wird verbreitet oder gefunden.",
            "action.malware",
            "malicious-code",
        ),
        _type(
            "phishing",
            "Phishing",
            "Menschen werden über Mail, SMS, Telefon oder gefälschte Seiten getäuscht, auch CEO-Fraud.",
            "action.social",
            "fraud",
        ),
        _type("ddos", "Überlastungsangriff", "Ein Dienst wird absichtlich unerreichbar gemacht.", None, "availability"),
        _type(
            "vulnerability",
            "Schwachstelle",
            "Eine konkrete Lücke in Produkt, Webseite oder Ablauf wird bekannt oder ausgenutzt.",
            None,
            "vulnerable",
        ),
        _type("extortion", "Erpressung", "Jemand fordert unter Drohung Geld oder eine Handlung."),
        _type(
            "insider_misuse",
            "Innentäter",
            "Jetzige oder frühere Beschäftigte missbrauchen ihren Zugang.",
            "action.misuse",
        ),
        _type(
            "accidental_disclosure",
            "Datenpanne",
            "Daten sind versehentlich offengelegt: Fehlversand, offene Ablage, falsche Entsorgung.",
            "action.error",
        ),
        _type(
            "theft_or_loss",
            "Diebstahl oder Verlust",
            "Geräte, Datenträger oder Akten sind gestohlen oder verloren.",
            "action.physical",
        ),
        _type(
            "third_party",
            "Dienstleister betroffen",
            "Der Vorfall geschah bei einem Dienstleister oder Zulieferer oder kam über ihn.",
        ),
        _type(
            "privacy_violation",
            "Datenschutzverstoß",
            "Regeln sind verletzt, auch ohne Datenabfluss: fehlender Vertrag, späte Meldung, unerlaubte Erhebung.",
        ),
        _type(
            "sanction",
            "Bußgeld oder Urteil",
            "Behörde oder Gericht verhängt Bußgeld, Anordnung, Verwarnung, Strafe oder Schadensersatz.",
        ),
        _type(
            "billing_fraud",
            "Abrechnungsbetrug",
            "Leistungen sind Versicherern berechnet worden, die nicht oder nicht so erbracht wurden.",
            None,
            "fraud",
        ),
        _type("corruption", "Korruption", "Bestechung, Untreue, Rückvergütung, Verändern von Diagnosen gegen Geld."),
        _type(
            "outage",
            "Störung",
            "Systeme fallen aus, ohne dass ein Angriff die Ursache ist, soweit bekannt.",
            None,
            "availability",
        ),
    )
}
