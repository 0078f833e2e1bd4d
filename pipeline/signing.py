"""What only this instance can have written: a key in a file beside the database, and the links signed with it."""

from __future__ import annotations

import os
import secrets
from hashlib import sha256
from pathlib import Path

from itsdangerous import BadSignature, Signer

from pipeline.errors import SettingsError


def signing_key(db: Path) -> str:
    """The key of an instance, made when first asked for, in a file that only its owner may read.

    Raises SettingsError if the file can be neither read nor written.
    """
    file = db.with_name(f"{db.name}.key")
    try:
        if not file.exists():
            part = file.with_name(f"{file.name}.{os.getpid()}")
            part.touch(mode=0o600)
            part.write_text(secrets.token_hex(32))
            try:
                os.link(part, file)  # another process may have been first: then its key counts
            except FileExistsError:
                pass
            finally:
                part.unlink()
        key = file.read_text().strip()
    except OSError as exc:
        raise SettingsError(f"{file}: cannot be read or written: {exc.strerror or exc}") from exc
    if not key:
        raise SettingsError(f"{file}: empty; delete it, and links in earlier mails do no longer work")
    return key


def cookie_secret(db: Path) -> str:
    """With what the pages sign cookies: the same at every start, so that whoever is signed in stays so."""
    return sha256(f"cookies {signing_key(db)}".encode()).hexdigest()


def unsubscribe_token(key: str, subscription: int, address: str) -> str:
    """What in a link ends the subscription of an address."""
    return _signer(key, address).sign(str(subscription)).decode()


def is_unsubscribe_token(key: str, token: str, address: str) -> bool:
    """Whether a token was written here for the subscription of an address."""
    try:
        _signer(key, address).unsign(token)
    except BadSignature:
        return False
    return True


def _signer(key: str, address: str) -> Signer:
    return Signer(key, salt=f"unsubscribe {address}")
