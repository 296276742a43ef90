"""The list of what may go wrong in publishing: each fault has its tests, or why it has none."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import joinedup.inputs
from joinedup.inputs import inputs_fingerprint

ROOT = Path(__file__).resolve().parents[2]
FAULTS = [f"F{number:03}" for number in range(76, 106)]


def _listed() -> dict[str, dict[str, Any]]:
    found = yaml.safe_load((ROOT / "tests/publishing/faults.yml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@cache
def _tests(path: str) -> frozenset[str]:
    parsed = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in parsed.body if isinstance(node, ast.FunctionDef))


def test_every_fault_of_publishing_is_provoked() -> None:
    """Given the faults of processes and publishing
    When their tests are looked for
    Then each fault is listed once, and each of its tests exists.
    """
    listed = _listed()
    assert list(listed) == FAULTS
    for fault, entry in listed.items():
        assert entry.keys() == {"tests"}, fault
        assert entry["tests"], fault
        for name in entry["tests"]:
            path, test = str(name).split("::")
            assert test in _tests(path), name


def test_a_test_named_after_a_fault_is_listed_under_it() -> None:
    """Given tests whose names bear a fault's number
    When they are held against the list
    Then each is listed there: none is forgotten when it is renamed.
    """
    listed = {str(name) for entry in _listed().values() for name in entry.get("tests", [])}
    for path in sorted((ROOT / "tests/publishing").glob("test_*.py")):
        for name in _tests(str(path.relative_to(ROOT))):
            if (found := re.match(r"test_(f\d{3})_", name)) and found[1].upper() in FAULTS:
                assert f"tests/publishing/{path.name}::{name}" in listed


def test_f104_every_library_is_locked_with_its_hash() -> None:
    """Given the lock files
    When their lines are read
    Then each library has one exact version, and a hash of what is installed.
    """
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-pip.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        entries = re.findall(r"^([A-Za-z0-9][^\n]*(?:\n[ ]+--hash[^\n]*)*)", text, re.MULTILINE)
        assert entries, name
        for entry in entries:
            assert re.match(r"[A-Za-z0-9._\[\],-]+==\S+", entry), entry
            assert "--hash=sha256:" in entry, entry


def test_f104_a_library_of_another_version_makes_a_night_new(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Given a database library of another version
    When the inputs are fingerprinted
    Then they are others: the marts are made again by it, and checked.
    """
    before = inputs_fingerprint("lake", tmp_path)
    monkeypatch.setattr(joinedup.inputs, "version", lambda name: f"99 of {name}")
    assert inputs_fingerprint("lake", tmp_path) != before
