"""Every locked library has a licence under which it may be used; the bill of materials says it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from supply_chain.licences import (
    Licence,
    licence_of,
    load_rules,
    main,
    may_be_used,
    refused,
)
from supply_chain.locks import DEVELOPMENT, LOCKS, ROOT, SBOM, SUPERSET, Library, libraries

RULES = load_rules()
RUN_OR_TESTED = [lock for lock in LOCKS if lock not in (SBOM, SUPERSET)]
MAKER = ROOT / ".venv-sbom" / "bin" / "cyclonedx-py"


def test_every_locked_library_may_be_used() -> None:
    """Given every library of the locks that run, test or build joinedup
    When its licence is read from where it is installed, or from the rules
    Then it is one of those that are allowed; a rule about a library that is gone has to go.
    """
    run = {library for lock in RUN_OR_TESTED for library in libraries(lock)}
    assert len(run) > 200
    assert refused([licence_of(library, RULES) for library in sorted(run)], RULES) == []
    assert set(RULES.libraries) <= {library.name for library in run}


def test_a_licence_that_is_not_allowed_is_refused() -> None:
    """Given libraries under a licence of another kind, under none, and with a choice
    When they are judged
    Then the first two are named, and the third is not: one of its licences is allowed.
    """
    library = Library("a-library", "1.0")
    found = [Licence(library, "AGPL-3.0-only"), Licence(library, None), Licence(library, "own")]
    assert refused(found, RULES) == [
        "a-library 1.0: AGPL-3.0-only",
        "a-library 1.0: says no licence",
        "a-library 1.0: own",
    ]
    assert may_be_used("GPL-2.0-or-later OR MIT", RULES.allowed)
    assert not may_be_used("GPL-2.0-or-later AND MIT", RULES.allowed)
    assert may_be_used("(MIT OR AGPL-3.0-only) AND Zlib", RULES.allowed)


def test_the_bill_of_materials_is_completed_in_place(tmp_path: Path) -> None:
    """Given a bill of one library that is installed
    When licences are put in, twice
    Then it says the licence, the list beside it too, and the second time changes nothing.
    """
    version = {one.name: one.version for one in libraries(DEVELOPMENT)}["duckdb"]
    path = tmp_path / "joinedup.cdx.json"
    bill = {"components": [{"name": "duckdb", "version": version}], "bomFormat": "CycloneDX"}
    path.write_text(json.dumps(bill))
    assert main([str(path)]) == 0
    first = path.read_bytes()
    assert json.loads(first)["components"][0]["licenses"] == [{"expression": "MIT"}]
    assert (tmp_path / "licences.csv").read_text().splitlines()[1] == f"duckdb,{version},MIT"
    assert main([str(path)]) == 0
    assert path.read_bytes() == first


@pytest.mark.long
def test_the_same_lock_gives_the_same_bill(tmp_path: Path) -> None:
    """Given the beginning of the lock that users install from
    When `make sbom`'s commands are run on it twice
    Then both bills are the same bytes, with every library and its hashes.
    """
    if not MAKER.exists():
        pytest.skip("needs cyclonedx-bom, which make sbom installs in .venv-sbom")
    whole = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    lock, made = tmp_path / "requirements.lock", []
    lock.write_text(whole[: whole.index("\ncadwyn==")], encoding="utf-8")  # enough to see it
    for name in ("first", "second"):
        path = tmp_path / name / "joinedup.cdx.json"
        path.parent.mkdir()
        options = ["--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible"]
        command = [
            str(MAKER),
            "requirements",
            str(lock),
            *options,
            "--no-validate",
            "-o",
            str(path),
        ]
        subprocess.run(command, check=True, timeout=120)
        assert main([str(path)]) == 0
        made.append(path.read_bytes())
    assert made[0] == made[1]
    components = json.loads(made[0])["components"]
    listed = {Library(one["name"], one["version"]) for one in components}
    assert listed == set(libraries(lock))
    assert len(listed) > 20
    assert all(one["externalReferences"][0]["hashes"] for one in components)
    assert all(one["licenses"] for one in components)
