"""What can go wrong, as one tree. The command line shows the message of any of these in one line.

LagebildError
├── SettingsError      lagebild.toml or a LAGEBILD_* variable is wrong
├── SourcesError       a sources file is wrong: file, entry and key are named
├── StoreError         the database is missing, newer than this program or not ours
├── FetchError         an address did not give what was asked for; `outcome` is one word of outcomes.OUTCOMES
├── ExtractError       a page could not be read as a page
├── WorkerError        a process beside the main one died
├── ModelError         the trained model is missing or does not fit
├── AnnotationError    annotated data (training, evaluation, stdin) is faulty: line and key are named
├── SampleError        the sample newsroom is faulty: file and key are named
├── SubscriptionError  a subscriber's wishes are wrong: address, field and value are named
└── DeliveryError      a mail could not be handed over
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any


class LagebildError(Exception):
    """Everything that Lagebild itself reports."""


class SettingsError(LagebildError):
    """The settings are wrong."""


class SourcesError(LagebildError):
    """A sources file is wrong."""


class StoreError(LagebildError):
    """The database cannot be used."""


class FetchError(LagebildError):
    """An address did not give what was asked for."""

    def __init__(
        self,
        url: str,
        why: str,
        *,
        outcome: str = "error",
        status: int | None = None,
        retry_after: timedelta | None = None,
        soon: bool = False,
    ) -> None:
        super().__init__(f"{url}: {why}")
        self.url, self.why, self.outcome, self.status = url, why, outcome, status
        self.retry_after = retry_after
        self.soon = soon  # asking again at once may help
        self.tries = 0  # requests that were made

    def __reduce__(self) -> tuple[Any, ...]:
        """As it was raised in another process."""
        return _fetch_error, (self.url, self.why, self.outcome, self.status, self.retry_after, self.soon)


def _fetch_error(
    url: str, why: str, outcome: str, status: int | None, retry_after: timedelta | None, soon: bool
) -> FetchError:
    return FetchError(url, why, outcome=outcome, status=status, retry_after=retry_after, soon=soon)


class ExtractError(LagebildError):
    """A page could not be read as a page."""


class WorkerError(LagebildError):
    """A process beside the main one died."""


class ModelError(LagebildError):
    """The trained model is missing or does not fit."""


class AnnotationError(LagebildError):
    """Annotated data is faulty."""


class SampleError(LagebildError):
    """The sample newsroom is faulty."""


class SubscriptionError(LagebildError):
    """What a subscriber wants cannot be had, or there is no such subscriber."""


class DeliveryError(LagebildError):
    """A mail could not be handed over."""
