"""What analysts decide about articles; it wins over what the model finds, now and in every later analysis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

CorrectionKind = Literal["organisation", "role", "type", "no_type", "status"]
NO_PART = "none"  # the role of what is no organisation, or has no part in an article


@dataclass(frozen=True, kw_only=True)
class Correction:
    """One decision about an article, who made it, when and why.

    organisation  `organisation` is really the organisation `value`
    role          `organisation` has the role `value`, or no part (`NO_PART`)
    type          the article tells of the incident type `value`, as `quote` shows
    no_type       it does not
    status        what the article says of its incident: alleged, confirmed, denied or none
    """

    article_id: int
    kind: CorrectionKind
    value: str
    by: str
    at: datetime
    organisation: str | None = None  # id
    quote: str | None = None  # from the text, letter by letter
    why: str | None = None
    id: int | None = None

    @property
    def subject(self) -> tuple[str, str | None]:
        """What is decided: a later decision about the same takes the place of this one."""
        about = self.value if self.kind in ("type", "no_type") else self.organisation
        return ("type" if self.kind == "no_type" else self.kind), about
