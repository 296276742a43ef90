"""A look back as it is released: a folder of its own that readers are never sent to."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from publishing.manifest import ManifestError, manifest_text, read_manifest
from publishing.pointer import (
    ReleaseError,
    as_at_ids,
    current_release,
    find_release,
    release_ids,
    verify,
)
from publishing.release import (
    ReleaseRefusedError,
    release_as_at,
    release_marts,
    standing_as_at,
)
from tests.publishing.conftest import FINGERPRINT

DAY = date(2017, 2, 8)


def test_a_look_back_lies_beside_the_releases(call: dict[str, Any]) -> None:
    """Given nothing released
    When a look back is released
    Then it is whole, says its day, and there is still no current release.
    """
    made = release_as_at(**call, as_at=DAY)

    assert made.id == "as-at-2017-02-08-00c0ffee"
    assert made.manifest.as_at == DAY
    assert verify(made) == []
    assert current_release(call["releases"]) is None
    assert (release_ids(call["releases"]), as_at_ids(call["releases"])) == ([], [made.id])
    assert find_release(call["releases"], made.id) == made


def test_the_pointer_stays_and_nothing_is_compared(
    call: dict[str, Any], build: Callable[..., Path]
) -> None:
    """Given a current release
    When a look back is released that lacks most of its figures
    Then it is not refused, the pointer stays, and the next ordinary release does not name it.
    """
    standing = release_marts(**call)
    less = build("less.duckdb")
    with duckdb.connect(str(less)) as connection:
        connection.execute("DELETE FROM marts.metric_value WHERE area_code = 'E92000001'")
    release_as_at(**call | {"candidate": less}, as_at=DAY)
    assert current_release(call["releases"]) == standing

    later = {"now": call["now"] + timedelta(hours=1), "inputs_fingerprint": "feed" * 16}
    following = release_marts(**call | later | {"candidate": build("more.duckdb", added=1)})
    assert following.manifest.previous == standing.id


def test_the_same_look_back_is_made_once(call: dict[str, Any]) -> None:
    """Given a look back
    When it is released again by another run
    Then the first one is given back as it was.
    """
    made = release_as_at(**call, as_at=DAY)
    again = release_as_at(
        **call | {"run_id": "other", "now": call["now"] + timedelta(days=1)}, as_at=DAY
    )
    assert again.manifest == made.manifest
    assert standing_as_at(call["releases"], DAY, FINGERPRINT) == made
    assert standing_as_at(call["releases"], DAY + timedelta(1), FINGERPRINT) is None


def test_a_damaged_look_back_is_made_again(call: dict[str, Any]) -> None:
    """Given a look back of which a file was damaged
    When it is asked for
    Then it does not stand, and releasing it again makes it whole.
    """
    made = release_as_at(**call, as_at=DAY)
    damaged = made.path / "parquet" / "area.parquet"
    damaged.chmod(0o644)
    damaged.write_bytes(b"")
    assert standing_as_at(call["releases"], DAY, FINGERPRINT) is None
    assert verify(release_as_at(**call, as_at=DAY)) == []


def test_a_look_back_has_to_pass_its_audit(call: dict[str, Any]) -> None:
    """Given an audit that found bad data
    When a look back is released
    Then it is refused, as any release is.
    """
    (call["quality"] / "quality.json").write_text('{"outcome": "bad_data"}')
    with pytest.raises(ReleaseRefusedError, match="bad_data"):
        release_as_at(**call, as_at=DAY)
    assert as_at_ids(call["releases"]) == []


@pytest.mark.parametrize(
    ("table", "is_released"), [("marts.delayed_days", True), ("marts.metric_value", False)]
)
def test_only_what_had_no_return_may_be_empty(
    call: dict[str, Any], table: str, is_released: bool
) -> None:
    """Given a mart that is empty on the day
    When a look back is released
    Then the audit has to say of that mart that none of its returns was read.
    """
    with duckdb.connect(str(call["candidate"])) as connection:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608
    checks = [{"table": "marts.delayed_days", "outcome": "not_applicable"}]
    passed = json.dumps({"outcome": "passed", "checks": checks})
    (call["quality"] / "quality.json").write_text(passed)
    if is_released:
        assert release_as_at(**call, as_at=DAY).manifest.tables["delayed_days"].rows == 0
    else:
        with pytest.raises(ReleaseRefusedError, match="metric_value"):
            release_as_at(**call, as_at=DAY)


def test_an_ordinary_manifest_is_as_it_was_before(call: dict[str, Any]) -> None:
    """Given an ordinary release
    When its manifest is written
    Then it does not speak of a day, so that older ones are still sealed.
    """
    made = release_marts(**call)
    assert "as_at" not in json.loads(manifest_text(made.manifest))
    assert read_manifest(made.path) == made.manifest


def test_a_folder_that_belies_its_day_is_refused(call: dict[str, Any]) -> None:
    """Given a look back whose manifest was given another day
    When it is read
    Then that is an error.
    """
    made = release_as_at(**call, as_at=DAY)
    path = made.path / "manifest.json"
    path.chmod(0o644)
    path.write_text(path.read_text().replace('"as_at": "2017-02-08"', '"as_at": "2017-02-09"'))
    with pytest.raises(ManifestError, match="is not as at 2017-02-09"):
        read_manifest(made.path)


def test_an_unknown_release_is_said(call: dict[str, Any]) -> None:
    """Given one release
    When another is asked for, or a path is given for an id
    Then the error names what there is.
    """
    made = release_as_at(**call, as_at=DAY)
    for said in ("as-at-2016-01-01-00c0ffee", f"../{made.path.parent.name}/{made.id}", ""):
        with pytest.raises(ReleaseError, match=made.id):
            find_release(call["releases"], said)
