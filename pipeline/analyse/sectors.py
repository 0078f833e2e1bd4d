"""The sector that the name of an organisation gives away."""

from __future__ import annotations

import re

_PATTERNS = [
    (sector, re.compile(pattern, re.IGNORECASE))
    for sector, pattern in (
        ("data_protection_authority", r"datenschutz(?:beauftragte|behörde|aufsicht|kommission|konferenz)|beauftragte\w* für (?:den )?datenschutz|landesamt für datenschutz|datenschutzzentrum"),
        ("law_enforcement", r"staatsanwaltschaft|polizei|kriminalamt|polizeipräsidi|zollfahndung|\bzoll\b|hauptzollamt|\bLKA\b|\bBKA\b|europol|\bFBI\b|zentralstelle .*(?:cybercrime|betrug|korruption)|verfassungsschutz|anwaltschaft"),
        ("court", r"gericht(?:e?s|e)?\b|gerichtshof|\bBGH\b|\bEuGH\b|\b[OL]G\b"),
        ("association", r"\w*verband(?:e?s)?\b"),
        ("statutory_health_insurer", r"\bAOK\b|\bBKK\b|\bIKK\b|krankenkasse|ersatzkasse|\w+kasse\b(?<!sparkasse)|ortskrankenkasse"),
        ("hospital", r"klinik|krankenhaus|spital|hospital|charité|universitätsmedizin"),
        ("pharmacy", r"apotheke"),
        ("practice_or_care", r"praxis|pflege(?:dienst|heim)|\bMVZ\b|medizinisches versorgungszentrum|seniorenheim|labor\b"),
        ("private_insurer", r"versicherung(?:en|s-?ag)?\b|krankenversicherung"),
        ("finance", r"\w*bank\b|sparkasse|volksbank|raiffeisen"),
        ("political_party", r"^(?:CDU|CSU|SPD|FDP|AfD|BSW|ÖVP|SPÖ|FPÖ|SVP|Grünen?|Die Linke|Linke)\b|fraktion\b|\bpartei\b"),
        ("research", r"universität|hochschule|institut|fraunhofer|forschungs"),
        ("media", r"zeitung|magazin|\bverlag\b|rundfunk|nachrichten|anzeiger|tageblatt|\bpost\b|\bTV\b|radio|spiegel|kurier|presse\b|\bdpa\b"),
        ("supervisory_authority", r"^bundesamt für (?:sicherheit|soziale)|aufsicht|bundesnetzagentur|kartellamt|\bCERT\b|bundesamt für cyber"),
        ("association", r"verband|\be\. ?V\.|verein\b|vereinigung|kammer\b|gewerkschaft|bund\b|zentrale\b"),
        ("public_administration", r"ministeri|bundesamt|landesamt|\bamt\b|\w+amt\b|stadt\b|stadtverwaltung|landkreis|gemeinde|behörde|regierung|bundestag|landtag|kommission|magistrat|senat\w*\b"),
        ("it_provider", r"software|systems?\b|\bIT\b|informatik|cyber|hosting|cloud|data\b|digital|tech\b|technolog|security|computer|netz"),
        ("retail", r"handel|markt\b|shop\b|versand"),
        ("service_provider", r"service|dienst|consult|beratung|call|logistik|druck|agentur|inkasso|treuhand"),
        ("industry", r"werke?\b|automobil|pharma|maschinen|energie|stadtwerke|chemie|motoren"),
    )
]  # fmt: skip


def guess_sector(name: str) -> str:
    """The sector that the wording of the name suggests, else `other`."""
    return next((sector for sector, pattern in _PATTERNS if pattern.search(name)), "other")
