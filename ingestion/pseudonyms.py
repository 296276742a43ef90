"""Pseudonyms: what names a person is kept as a keyed hash, and the key lies elsewhere.

A hash without a key is none: all NHS numbers there can be are hashed in minutes. So there is no
way to make a pseudonym here without a key; while there is none, a file that needs it is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import stat
from pathlib import Path

import polars as pl

from ingestion.definition import Definition

FEWEST_BYTES = 32
"""As many as the hash has; `openssl rand -base64 48` makes one."""
SPACING = re.compile(r"[\s-]+")
"""One number is written with and without it."""


class PseudonymKeyError(Exception):
    """The file of the key cannot be used; the text says why, and never what is in it."""


def load_key(path: Path | None, home: Path) -> bytes | None:
    """Read the key; None when no file is given.

    Raises `PseudonymKeyError` for a file that is not there, is too short, lies within the
    warehouse's own folder or may be read by others.
    """
    if path is None:
        return None
    path = path.expanduser().resolve()
    if path.is_relative_to(home.resolve()):
        raise PseudonymKeyError(
            f"The key {path} lies within {home}: who copies the warehouse would have it too."
        )
    try:
        mode = path.stat().st_mode
        key = path.read_bytes().strip()
    except OSError as error:
        raise PseudonymKeyError(f"The key {path} cannot be read: {error.strerror}.") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise PseudonymKeyError(f"The key {path} may be read by others: chmod 600 it.")
    if len(key) < FEWEST_BYTES:
        raise PseudonymKeyError(
            f"The key {path} has {len(key)} bytes; it needs {FEWEST_BYTES} random ones at least."
        )
    return key


def has_pseudonyms(definition: Definition) -> bool:
    """Tell whether a return has a column that is kept as pseudonyms."""
    return any(
        column.pseudonym
        for layout in definition.records.values()
        for column in layout.columns.values()
    )


def mark_of(key: bytes | None) -> str:
    """Return what changes with the key, so that another key reads the files again."""
    return "" if key is None else _hashed("\0which key", key)


def pseudonyms(texts: pl.Series, key: bytes) -> pl.Series:
    """Return the HMAC-SHA256 of each text in hex digits; spaces, hyphens and case never matter."""
    made = {
        text: _hashed(SPACING.sub("", text).casefold(), key) for text in texts.unique().drop_nulls()
    }
    return texts.replace_strict(made, default=None, return_dtype=pl.String)


def _hashed(text: str, key: bytes) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
