"""Which landed file a person means: by the name it was found under, or the digits of its sha256."""

from __future__ import annotations

from pathlib import PurePosixPath

from ingestion.catalogue import Catalogue, LandedFile

SHORTEST = 8
"""So many digits at least tell a file."""


class UnknownFileError(Exception):
    """No landed file, or more than one, fits what was asked for."""


def landed_file(catalogue: Catalogue, said: str) -> LandedFile:
    """Return the one landed file that is called so, or whose sha256 begins so.

    A name may lack its folders. Raises UnknownFileError, with the digits of each where more than
    one is meant.
    """
    landed = catalogue.landed()
    found = [one for one in landed if said in (one.file_name, PurePosixPath(one.file_name).name)]
    if not found and len(said) >= SHORTEST:
        found = [one for one in landed if one.sha256.startswith(said.lower())]
    if len(found) == 1:
        return found[0]
    listed = "".join(f"\n  {one.sha256[:12]}  {one.file_name}" for one in found)
    raise UnknownFileError(
        f"{len(found)} landed files are called '{said}' or begin with it; give the name of one, "
        f"or at least {SHORTEST} digits of its sha256. joinedup files lists them.{listed}"
    )
