"""Keep secrets out of what is told: passwords, tokens and addresses that hold one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from joinedup.secret_files import SecretFileError, read_secret
from joinedup.serving.keys import KEYS_FOLDER, PASSWORD_FILE

if TYPE_CHECKING:
    from joinedup.settings import Settings

HIDDEN = "***"
FEWEST_CHARACTERS = 6
"""Airflow does not mask what is shorter in its logs, and a shorter password is none."""

_USER_IN_ADDRESS = re.compile(r"(?<=://)[^/\s@]+(?=@)")
_NAMED = re.compile(
    r"""(?i)((?:password|passwd|pwd|secret|token|api_?key)['"]?\s*[=:]\s*)"""
    r"""("[^"]*"|'[^']*'|[^\s'",;&]+)"""
)
"""What stands behind such a word, as in `user=me password=...`."""
_MAY_BE_A_TOKEN = re.compile(r"^(?=.*\d)(?=.*[A-Za-z]).{8,}$|^.{16,}$")
"""The other parts of an address are words such as `services`, which logs are full of."""


def hide(text: str, secrets: Iterable[str]) -> str:
    """Return a text without any of the secrets, nor what looks like a password within it."""
    for secret in sorted({one for one in secrets if one}, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    text = _USER_IN_ADDRESS.sub(HIDDEN, text)
    return _NAMED.sub(rf"\1{HIDDEN}", text)


def in_address(address: str) -> tuple[str, ...]:
    """Return what must be seen nowhere of an address: it, its user and password, any token."""
    parts = urlsplit(address)
    pieces = set(re.split(r"[/?&=;@:]", address)) - {host_of(address)}
    pieces = {piece for piece in _with_plain(pieces) if _MAY_BE_A_TOKEN.search(piece)}
    named = _with_plain(filter(None, (parts.username, parts.password)))
    return (address, *pieces, *(one for one in named if len(one) >= FEWEST_CHARACTERS))


def host_of(address: str) -> str | None:
    """Return the host of an address that has one; where slack:// has its host is a token."""
    parts = urlsplit(address)
    return parts.hostname if parts.scheme in ("http", "https", "json", "jsons") else None


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Return what the settings and their files keep secret; a file that cannot be read has none."""
    found: list[str] = []
    for text in _texts_of(settings):
        for line in map(str.strip, text.splitlines()):
            if not line.startswith("#"):
                found += in_address(line) if "://" in line else line.split(",")
    return tuple(one for one in found if len(one) >= FEWEST_CHARACTERS)


def _texts_of(settings: Settings) -> Iterator[str]:
    files: list[Path] = []
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
        elif isinstance(value, Path) and (name.endswith("_file") or name == "pseudonym_key"):
            files.append(value)
    server = settings.server_home
    for file in (*files, server / PASSWORD_FILE, *sorted(server.glob(f"{KEYS_FOLDER}/*"))):
        with suppress(SecretFileError):
            yield read_secret(file)


def _with_plain(pieces: Iterable[str]) -> set[str]:
    """Return pieces of an address, as they stand in it and as they are meant."""
    return {form for piece in pieces for form in (piece, unquote(piece))}
