"""The pointer and the check of a release: what readers are given, and what is found amiss."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from publishing.manifest import MANIFEST_NAME, manifest_text, seal
from publishing.pointer import BrokenReleaseError, Release, current_release, release_ids, verify
from publishing.release import PROMISED_TABLES, release_marts


@pytest.fixture
def release(candidate: Path, quality: Path, tmp_path: Path, now: datetime) -> Release:
    """A release, whose files may be written again so that a test can damage them."""
    made = release_marts(
        candidate,
        quality,
        tmp_path / "releases",
        inputs_fingerprint="00c0ffee",
        run_id="run",
        now=now,
    )
    for path in made.path.rglob("*"):
        path.chmod(0o755)
    return made


def test_a_single_byte_is_found_in_every_file(release: Release) -> None:
    """Given a release
    When one byte of one file is changed, for each file in turn
    Then it is found, and the file named.
    """
    files = [path for path in sorted(release.path.rglob("*")) if path.is_file()]
    assert {"marts.duckdb", "manifest.json"} < {path.name for path in files}
    assert len(files) == 2 * len(PROMISED_TABLES) + 6
    for path in files:
        whole = path.read_bytes()
        middle = len(whole) // 2
        path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
        (problem,) = verify(release)
        assert path.relative_to(release.path).as_posix() in problem
        path.write_bytes(whole)
    assert verify(release) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("marts.duckdb.wal", "marts.duckdb.wal: not in the manifest"),
        ("quality/more.json", "quality/more.json: not in the manifest"),
    ],
)
def test_an_added_file_is_found(release: Release, name: str, said: str) -> None:
    """Given a release
    When a file is put beside its own
    Then it is found: a log beside a database changes what is read from it.
    """
    (release.path / name).write_bytes(b"anything")

    assert verify(release) == [said]


def test_what_is_missing_or_cut_is_found(release: Release) -> None:
    """Given a release
    When a file is removed, one is cut short, and one is replaced by a link
    Then all three are found.
    """
    (release.path / "parquet" / "claim.parquet").unlink()
    marts = release.marts.read_bytes()
    release.marts.write_bytes(marts[:-1])
    quality = release.path / "quality" / "quality.json"
    quality.rename(release.path.parent / "moved.json")
    quality.symlink_to("../../moved.json")

    assert verify(release) == [
        "parquet/claim.parquet: missing",
        f"marts.duckdb: {len(marts) - 1} bytes, the manifest says {len(marts)}",
        "quality/quality.json: not a regular file",
    ]


def test_rows_are_counted_and_not_believed(release: Release) -> None:
    """Given a manifest that was wrong from the start about a table's and a Parquet file's rows
    When the release is verified
    Then both are found, though every byte is as the manifest says.
    """
    manifest = release.manifest
    table = manifest.tables["claim"].model_copy(update={"rows": 4})
    entry = manifest.files["parquet/area.parquet"].model_copy(update={"rows": 7})
    wrong = manifest.model_copy(
        update={
            "tables": manifest.tables | {"claim": table},
            "files": manifest.files | {"parquet/area.parquet": entry},
        }
    )
    (release.path / MANIFEST_NAME).write_text(manifest_text(seal(wrong)))

    assert verify(release) == [
        "claim: 3 rows, the manifest says 4",
        "parquet/area.parquet: 3 rows, the manifest says 7",
    ]


def test_nothing_released_is_no_release(tmp_path: Path) -> None:
    """Given a folder where nothing was released, or none at all
    When the current release is asked for
    Then there is none.
    """
    assert current_release(tmp_path) is None
    assert current_release(tmp_path / "nowhere") is None
    assert release_ids(tmp_path / "nowhere") == []


@pytest.mark.parametrize("target", ["../elsewhere", "nothing", "20260101T000000Z-00000000"])
def test_a_pointer_to_no_release_is_said(release: Release, target: str) -> None:
    """Given a pointer that leads out of the folder, to no id, or to a release that is not there
    When the current release is asked for
    Then that is an error and not another release.
    """
    pointer = release.path.parent / "current"
    pointer.unlink()
    pointer.symlink_to(target)

    with pytest.raises(BrokenReleaseError):
        current_release(release.path.parent)


def test_a_folder_in_place_of_the_pointer_is_said(release: Release) -> None:
    """Given a copy tool that turned the link into a folder
    When the current release is asked for
    Then the error says what to do.
    """
    pointer = release.path.parent / "current"
    pointer.unlink()
    shutil.copytree(release.path, pointer)

    with pytest.raises(BrokenReleaseError, match="move it away"):
        current_release(release.path.parent)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"run_id"', '"run_idd"'),
        ('"format": 1', '"format": 2'),
        ('"run_id": "run"', '"run_id": "x"'),
    ],
)
def test_a_changed_manifest_is_refused(release: Release, old: str, new: str) -> None:
    """Given a manifest with an unknown key, another format, or another run's name
    When the release is loaded
    Then it is refused.
    """
    path = release.path / MANIFEST_NAME
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))

    with pytest.raises(BrokenReleaseError, match=MANIFEST_NAME):
        current_release(release.path.parent)


def test_a_folder_under_another_name_is_refused(release: Release) -> None:
    """Given a release copied under another release's name
    When the pointer leads there
    Then it is refused.
    """
    other = release.path.with_name("20260101T000000Z-00000000")
    release.path.rename(other)
    pointer = release.path.parent / "current"
    pointer.unlink()
    pointer.symlink_to(other.name)

    with pytest.raises(BrokenReleaseError, match=release.id):
        current_release(release.path.parent)
