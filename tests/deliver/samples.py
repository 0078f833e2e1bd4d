"""A made-up digest with all that can stand in one."""

from datetime import date

from pipeline.deliver import Printer
from pipeline.records import Digest, DigestIncident, DigestLink, DigestOrganisation, News, TroubledSource

KLINIK = DigestIncident(
    id=12,
    title="Hackerangriff legt Küstenklinik Dornum lahm, Notaufnahme bleibt bis auf Weiteres abgemeldet",
    type_name="Ransomware",
    status="confirmed",
    affected=340_000,
    sources=4,
    organisations=(
        DigestOrganisation(name="Küstenklinik Dornum gGmbH", role="affected"),
        DigestOrganisation(name="Ostwerk Rechenzentrum", role="processor"),
        DigestOrganisation(name="Staatsanwaltschaft Aurach", role="law_enforcement"),
    ),
    links=(
        DigestLink(
            source="Dornumer Bote", title="Klinik nach Angriff auf Papier", url="https://bote.example/klinik?a=1&b=2"
        ),
        DigestLink(source="Küstenklinik Dornum", title="Information für Patienten", url="https://klinik.example/info"),
    ),
)
KASSE = DigestIncident(
    id=9,
    title="Merkur BKK: Daten bei Dienstleister abgeflossen",
    type_name="Datenabfluss",
    status="confirmed",
    affected=12_750,
    sources=1,
    organisations=(DigestOrganisation(name="Merkur BKK", role="affected"),),
    news=News(
        status_before="alleged",
        affected_before=5000,
        affected_new=True,
        organisations=(
            DigestOrganisation(name="Saturn BKK", role="affected"),
            DigestOrganisation(name="Venus BKK", role="affected"),
            DigestOrganisation(name="Landesaufsicht Nord", role="authority"),
            DigestOrganisation(name="Ostwerk", role="processor"),
        ),
        types=("Erpressung",),
        fines=(90_000,),
        cves=("CVE-2026-31337",),
    ),
    links=(DigestLink(source="Kassenblatt", title="Auch Saturn BKK betroffen", url="https://blatt.example/2"),),
)
FULL = Digest(
    date=date(2026, 11, 6),
    new=(KLINIK,),
    changed=(KASSE,),
    articles=(DigestLink(source="Amtsblatt", title="Neue Hinweise zur Meldepflicht", url="https://amt.example/3"),),
    troubled=(
        TroubledSource(name="Ärzteblatt Nordmoor", outcome="http_503", since=date(2026, 11, 4)),
        TroubledSource(name="Stadt Lindhagen", outcome="timeout"),
    ),
)
EMPTY = Digest(date=date(2026, 11, 7))
PAGES = "https://lage.example"


def render(digest, *, browse_url):
    """A digest in words."""
    return Printer(browse_url).render(digest)
