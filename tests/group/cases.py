"""Made-up articles on made-up organisations, shared by the tests of grouping."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.records import Case

DAY_ONE = datetime(2025, 3, 3, 8, tzinfo=UTC)
_numbers = iter(range(1, 1_000_000))


def case(title: str, body: str = "", *, day: float = 0, **values: Any) -> Case:
    """An article that came out so many days after the first one."""
    number = next(_numbers)
    given: dict[str, Any] = {
        "article_id": str(number),
        "source_id": "blatt",
        "url": f"https://blatt.example/{number:07}",
        "types": ("cyberattack",),
        "status": "confirmed",
        "affected": None,
        "roles": (),
    } | values
    return Case(title=title, text=f"{title}\n\n{body}", published_at=DAY_ONE + timedelta(days=day), **given)


def hit(*ids: str, **others: str) -> tuple[tuple[str, str], ...]:
    """Roles: the organisations hit, then those with another part, as id=role."""
    return (*((id, "affected") for id in ids), *((id.replace("_", "-"), role) for id, role in others.items()))


KUESTE = case(
    "Hackerangriff legt Küstenklinik Dornum lahm",
    "Unbekannte sind in der Nacht zum Montag in das Netz der Küstenklinik Dornum eingedrungen. Die Notaufnahme ist "
    "abgemeldet, Ärzte schreiben Befunde auf Papier. Nach ersten Erkenntnissen sind 48.300 Patientenakten betroffen, "
    "sagte Geschäftsführerin Imke Hollander. Die Kriminalpolizei sichert Spuren auf den Servern.",
    types=("cyberattack", "ransomware"),
    roles=hit("kuestenklinik-dornum"),
    affected=48_300,
)
KUESTE_NEXT_DAY = case(
    "Küstenklinik Dornum arbeitet nach Angriff weiter auf Papier",
    "Einen Tag nach dem Angriff auf die Küstenklinik Dornum sind die Server noch abgeschaltet. Geschäftsführerin Imke "
    "Hollander spricht von 48.300 betroffenen Patientenakten. Operationen werden verschoben, die Notaufnahme bleibt zu.",
    day=1,
    types=("ransomware", "cyberattack"),
    roles=hit("kuestenklinik-dornum"),
    affected=48_300,
)
KUESTE_FINE = case(
    "Bußgeld nach Angriff: Küstenklinik Dornum zahlt 90.000 Euro",
    "Neun Monate nach dem Angriff auf die Küstenklinik Dornum hat die Aufsicht ein Bußgeld von 90.000 Euro verhängt. Die "
    "Klinik hatte 48.300 Patientenakten ohne zweiten Faktor zugänglich gemacht, Imke Hollander nahm den Bescheid an.",
    day=270,
    types=("sanction", "privacy_violation", "cyberattack"),
    roles=hit("kuestenklinik-dornum", aufsicht_nord="authority"),
)
HARZ = case(
    "Cyberangriff auf Harzklinikum Wernburg: Notaufnahme abgemeldet",
    "Hacker haben am Dienstag das Harzklinikum Wernburg angegriffen. Die Notaufnahme ist abgemeldet, Befunde werden auf "
    "Papier geschrieben. Ob Patientenakten abgeflossen sind, ist offen. Sprecher Gerald Pohlan bat um Geduld.",
    day=1,
    roles=hit("harzklinikum-wernburg"),
)
KUESTE_LOSS = case(
    "Küstenklinik Dornum vermisst Festplatte aus dem Labor",
    "Aus dem Labor ist ein Datenträger mit alten Röntgenbildern verschwunden. Der Verlust fiel beim Umzug in den Neubau "
    "auf. Wer den Umzugskarton zuletzt trug, wird geprüft.",
    day=500,
    types=("theft_or_loss",),
    roles=hit("kuestenklinik-dornum"),
)
KUESTE_BILLING = case(
    "Luftrechnungen aus Dornum: Chefarzt unter Verdacht",
    "Ein Chefarzt soll Behandlungen abgerechnet haben, bei denen er auf einem Kongress in Lissabon war. Kassen fordern "
    "Honorare zurück, die Klinik stellte den Mann frei.",
    day=40,
    types=("billing_fraud",),
    roles=hit("kuestenklinik-dornum"),
)
WEEK = case(
    "Wochenschau: Was in Kliniken sonst geschah",
    "Neue Betten in Auerstedt, ein Streik in Lindhagen, ein Preis für die Küche in Moorwerder. Und in Dornum läuft das "
    "Labor wieder. Ein Verband fordert mehr Geld für die Pflege.",
    day=6,
    types=("outage",),
    roles=hit("klinik-auerstedt", "klinik-lindhagen", "klinik-moorwerder"),
)
PARCEL = case(
    "Falsche Paket-SMS: Polizei Brachwitz warnt",
    "Kurznachrichten mit einem Link zu einer angeblichen Sendung sind im Umlauf. Wer ihn öffnet, lädt ein Programm.",
    types=("phishing",),
)
BANK_MAIL = case(
    "Sparbank Nordmoor warnt vor Mails im Namen des Hauses",
    "Betrüger fordern Kunden der Sparbank Nordmoor auf, ihre Zugangsdaten auf einer gefälschten Seite einzugeben.",
    day=1,
    types=("phishing",),
    roles=hit("sparbank-nordmoor"),
)
PROVIDER = case(
    "Datenabfluss beim Rechenzentrum Ostwerk: Kasse informiert Versicherte",
    "Beim Dienstleister Ostwerk sind Daten von 12.750 Versicherten der Merkur BKK abgeflossen. Angreifer nutzten eine "
    "Lücke in der Übertragungssoftware Filebarge. Die Kasse schreibt allen Betroffenen.",
    types=("data_breach", "third_party"),
    roles=hit("merkur-bkk", ostwerk="processor"),
    affected=12_750,
)
PROVIDER_SECOND = case(
    "Auch Saturn BKK vom Leck bei Ostwerk betroffen",
    "Nach der Merkur BKK meldet die Saturn BKK, dass Daten ihrer Versicherten bei Ostwerk abgeflossen sind. Die Angreifer "
    "kamen über die Lücke in Filebarge, wie Ostwerk bestätigt.",
    day=9,
    types=("data_breach", "third_party"),
    roles=hit("saturn-bkk", ostwerk="processor"),
)
