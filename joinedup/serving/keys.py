"""The server's keys and its user's password: made once for a home, kept for its owner alone."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from joinedup.secret_files import SecretFileError, read_secret, write_secret

KEYS_FOLDER = "keys"
ADDRESS_FILE = "metadata"
"""In the same folder: the address of the metadata database that was meant last."""
PASSWORD_FILE = "password"  # noqa: S105  (its name, not what is in it)
USER = "admin"
FERNET_BYTES = 32
FEWEST_CHARACTERS = 32
FEWEST_OF_PASSWORD = 12


@dataclass(frozen=True)
class ServerKeys:
    """What Airflow encrypts, signs and lets in with. Not to be printed.

    `fernet` encrypts connections and variables; the newest key comes first, older ones may follow
    after a comma. `jwt` signs what users and tasks prove themselves with, `api` the pages' cookies.
    """

    fernet: str
    jwt: str
    api: str

    def __repr__(self) -> str:
        return "ServerKeys(…)"


def load_keys(server_home: Path, *, rotate: bool = False) -> ServerKeys:
    """Read the keys; make those that are not there, or with `rotate` all of them anew.

    A new Fernet key is put before the old one, which is still needed to read what is stored: see
    `drop_old_fernet`. Raises SecretFileError.
    """
    folder = server_home / KEYS_FOLDER
    close_folder(server_home)
    close_folder(folder)
    for name in ("jwt", "api"):
        if rotate or not (folder / name).exists():
            write_secret(folder / name, secrets.token_urlsafe(64))
    fernet = folder / "fernet"
    if not fernet.exists():
        write_secret(fernet, _new_fernet())
    elif rotate:
        write_secret(fernet, f"{_new_fernet()},{read_secret(fernet)}")
    keys = ServerKeys(*(read_secret(folder / name) for name in ("fernet", "jwt", "api")))
    _check(keys, folder)
    return keys


def drop_old_fernet(server_home: Path) -> None:
    """Keep the newest Fernet key only, once all that is stored was encrypted with it."""
    file = server_home / KEYS_FOLDER / "fernet"
    write_secret(file, read_secret(file).split(",")[0])


def load_password(server_home: Path) -> str:
    """Read the password of the one user; make one when there is none. Raises SecretFileError."""
    file = server_home / PASSWORD_FILE
    if not file.exists():
        write_secret(file, secrets.token_urlsafe(18))
    password = read_secret(file)
    if len(password) < FEWEST_OF_PASSWORD or len(set(password)) < FEWEST_OF_PASSWORD // 2:
        raise SecretFileError(
            f"The password in {file} is too easy: take {FEWEST_OF_PASSWORD} characters or more, "
            "or delete the file and a new one is made."
        )
    return password


def close_folder(folder: Path) -> None:
    """Make a folder, or make sure that its owner alone gets into the one that is there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def _new_fernet() -> str:
    return base64.urlsafe_b64encode(os.urandom(FERNET_BYTES)).decode()


def _check(keys: ServerKeys, folder: Path) -> None:
    """Refuse keys that somebody put there and that Airflow could not use, or others could guess."""
    for name, key in (("jwt", keys.jwt), ("api", keys.api)):
        if len(key) < FEWEST_CHARACTERS:
            raise SecretFileError(
                f"The key {folder / name} is too short: it needs {FEWEST_CHARACTERS} characters. "
                "Delete it and a new one is made."
            )
    for key in keys.fernet.split(","):
        try:
            length = len(base64.urlsafe_b64decode(key.strip()))
        except binascii.Error:
            length = 0
        if length != FERNET_BYTES:
            raise SecretFileError(
                f"The key {folder / 'fernet'} is no Fernet key ({FERNET_BYTES} random bytes in "
                "URL-safe base64)."
            )
