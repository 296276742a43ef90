"""The manifest: what a release says about itself, down to each file's sha256."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    model_validator,
)

MANIFEST_NAME = "manifest.json"
RELEASE_ID = r"\d{8}T\d{6}Z-[0-9a-f]{8}"
"""UTC time of the release, then the start of the inputs' fingerprint: sorts by time."""

AS_AT_ID = r"as-at-\d{4}-\d{2}-\d{2}-[0-9a-f]{8}"
"""The day whose knowledge it holds, then the start of the inputs' fingerprint."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileEntry(_Strict):
    """One file of a release; `rows` is null for what is not a table."""

    sha256: Sha256
    bytes: Count
    rows: Count | None = None


class TableEntry(_Strict):
    """One released table. `content_sha256` depends on its rows, not on their order or the file."""

    rows: Count
    columns: Count
    content_sha256: Sha256


class Manifest(_Strict):
    """All that is needed to check a release, and to know what it was made from.

    `files` has every file of the folder but the manifest itself, by its path in the folder;
    `seal` is the sha256 of the manifest's own other entries. `previous` is the release that was
    current when this one was made. `as_at` is the day whose knowledge a release holds that was
    made to look back; one that follows the others does not have it. `code_fingerprint` is of the
    models, checks and code alone, to tell what they changed from what publishers did; releases
    made before it was kept do not have it. Times are UTC.
    """

    format: Literal[1] = 1
    release_id: str = Field(pattern=f"^({RELEASE_ID}|{AS_AT_ID})$")
    as_at: date | None = None
    made_at: AwareDatetime
    run_id: str
    inputs_fingerprint: str
    code_fingerprint: str | None = None
    previous: str | None
    is_synthetic: bool
    storage_version: str
    versions: dict[str, str]
    returns: dict[str, JsonValue]
    tables: dict[str, TableEntry]
    files: dict[str, FileEntry]
    seal: str = ""

    @model_validator(mode="after")
    def _name_says_the_day(self) -> Self:
        says = self.release_id[: -len("-00000000")]
        if (self.as_at is None) == says.startswith("as-at-"):
            raise ValueError("a release that looks back, and no other, has `as_at`")
        if self.as_at is not None and says != f"as-at-{self.as_at}":
            raise ValueError(f"{self.release_id} is not as at {self.as_at}")
        return self


class ManifestError(Exception):
    """A manifest that is missing, unreadable, or not as it was written."""


def seal(manifest: Manifest) -> Manifest:
    """Give the manifest with its seal."""
    return manifest.model_copy(update={"seal": _seal_of(manifest)})


def manifest_text(manifest: Manifest) -> str:
    """Give the one text that a sealed manifest has on disk."""
    return json.dumps(_document(manifest), indent=2, sort_keys=True) + "\n"


def read_manifest(folder: Path) -> Manifest:
    """Read a release's manifest, unknown keys refused.

    Raises ManifestError when it is missing, does not parse, or was changed by as much as a byte.
    """
    path = folder / MANIFEST_NAME
    try:
        text = path.read_text(encoding="utf-8")
        manifest = Manifest.model_validate_json(text)
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise ManifestError(f"{folder.name}/{MANIFEST_NAME} cannot be read: {error}") from error
    if manifest.seal != _seal_of(manifest) or text != manifest_text(manifest):
        raise ManifestError(f"{folder.name}/{MANIFEST_NAME} was changed after it was written")
    return manifest


def sha256_of(path: Path) -> str:
    """Give the sha256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _seal_of(manifest: Manifest) -> str:
    rest = {name: value for name, value in _document(manifest).items() if name != "seal"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


_LATER = ("as_at", "code_fingerprint")
"""Entries that not every release has: left out where there is none, as in releases before."""


def _document(manifest: Manifest) -> dict[str, Any]:
    """What is written."""
    absent = {name for name in _LATER if getattr(manifest, name) is None}
    return manifest.model_dump(mode="json", exclude=absent)
