"""What the newsroom of these tests tells, and what readers were told of it."""

from datetime import UTC, date, datetime

from pipeline.records import (
    Analysis,
    Fact,
    IncidentType,
    Organisation,
    Span,
)

DAY = date(2026, 11, 20)
MORNING = datetime(2026, 11, 20, 5, tzinfo=UTC)
SEVEN = datetime(2026, 11, 20, 6, 0, 5, tzinfo=UTC)  # in Berlin
BODY = (
    "Unbekannte haben in der Nacht die Server der Stadtwerke Lindhafen verschlüsselt. Nach Angaben des Unternehmens "
    "sind die Daten von {number} Kunden betroffen. Die Polizei Auenstadt ermittelt wegen Erpressung."
)
FOUND = Analysis(
    model="test 1",
    status="alleged",
    types=(IncidentType(type="ransomware", score=0.9, evidence=(Span(start=0, end=5),)),),
    organisations=(
        Organisation(
            id="stadtwerke-lindhafen",
            name="Stadtwerke Lindhafen",
            role="affected",
            sector="industry",
            mentions=1,
            start=0,
            end=5,
        ),
    ),
    facts=(Fact(kind="affected", value="12000", start=0, end=5),),
)
ORDINARY = "Der Stadtrat hat am Abend beschlossen, den Radweg am Ufer zu verlängern. Der Bau beginnt im Frühjahr."


def text_for(db, address):
    """The words of all digests and alerts for a reader, in order."""
    rows = db.query(
        "select g.subject, g.text from deliveries d join digests g on g.id = d.digest_id join subscriptions s"
        " on s.id = d.subscription_id where s.address = ? order by g.id",
        [address],
    )
    return [row["subject"] + "\n" + row["text"] for row in rows]


def states(db):
    rows = db.query("select s.address, d.state from deliveries d join subscriptions s on s.id = d.subscription_id")
    return {row["address"]: row["state"] for row in rows}


def time_goes_on(db, **delta):
    """Whatever waits for another try has waited long enough."""
    db.execute("update deliveries set next_at = '2020-01-01T00:00:00Z' where state = 'waiting'")
    db.conn.commit()
