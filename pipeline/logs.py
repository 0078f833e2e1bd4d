"""What the service tells on standard error: a line for a person or for a program, and never a secret."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any, Literal

import structlog

HIDDEN = "[hidden]"
_PASSWORD = re.compile(r"(?<=://)[^/@\s]+(?=@)")  # in an address
_TOKEN = re.compile(r"(?<=abmelden\?t=)\S+")


def log_to_stderr(form: Literal["human", "json"], secrets: Iterable[str] = ()) -> None:
    """From now on every line goes to standard error, without these secrets; other programs' warnings too."""
    hidden = sorted((secret for secret in secrets if secret), key=len, reverse=True)

    def without_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {key: _plain(value, hidden) for key, value in event.items()}

    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last: Any = structlog.processors.JSONRenderer(ensure_ascii=False) if form == "json" else _human
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, without_secrets, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def logger() -> Any:
    """Where events go: `logger().info("polled", source="amt", outcome="ok")`."""
    return structlog.get_logger("lagebild")


def _human(_: Any, __: str, event: MutableMapping[str, Any]) -> str:
    """`2026-11-20T06:00:00Z warning polled source=amt outcome=timeout`."""
    at, level, what = event.pop("timestamp", ""), event.pop("level", ""), event.pop("event", "")
    told = (f"{key}={value!r}" if re.search(r"\s", str(value)) else f"{key}={value}" for key, value in event.items())
    return " ".join([f"{at:.19}Z", level, str(what), *told])


def _plain(value: Any, hidden: Iterable[str]) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one, hidden) for key, one in value.items()}
    if not isinstance(value, str):
        return value
    for secret in hidden:
        value = value.replace(secret, HIDDEN)
    return _TOKEN.sub(HIDDEN, _PASSWORD.sub(HIDDEN, value))
