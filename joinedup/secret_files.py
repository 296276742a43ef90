"""Files that hold a secret: for their owner alone, written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

SECRETS_MOUNT = Path("/run/secrets")
"""Where containers get their secrets; who may read there is the host's to say."""


class SecretFileError(Exception):
    """A file of a key, password or address cannot be used; the text never says what is in it."""


def read_secret(file: Path, *, may_be_empty: bool = False) -> str:
    """Read a file that its owner alone may read, without spaces around; raises SecretFileError.

    Only where a container's secrets are mounted, the mode is not looked at.
    """
    try:
        mode = file.stat().st_mode
        text = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SecretFileError(f"{file} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError:
        raise SecretFileError(f"{file} cannot be read: it is no text.") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO) and not file.is_relative_to(SECRETS_MOUNT):
        raise SecretFileError(f"{file} may be read by others: chmod 600 it.")
    if not text and not may_be_empty:
        raise SecretFileError(f"{file} is empty.")
    return text


def write_secret(file: Path, text: str) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    fresh = file.with_name(f"{file.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)
