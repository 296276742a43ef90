"""The list of what somebody may try: each fault has its tests, and each of those exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.security.code import ROOT

FAULTS = [f"F{number:03}" for number in (*range(106, 120), *range(131, 134))]
NOT_WHOLLY_HERE = {"F117", "F118"}
"""Faults of which a part is not tried; their entries say which."""


@cache
def _listed() -> dict[str, dict[str, Any]]:
    path = ROOT / "tests" / "security" / "faults.yml"
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@cache
def _tests(path: Path) -> frozenset[str]:
    parsed = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in parsed.body if isinstance(node, ast.FunctionDef))


def test_every_security_fault_is_provoked() -> None:
    """Given the faults of security
    When their tests are looked for
    Then each fault is listed once, in order, with tests that all exist.
    """
    listed = _listed()
    assert list(listed) == FAULTS
    assert {fault for fault, entry in listed.items() if "not_here" in entry} == NOT_WHOLLY_HERE
    lost = []
    for fault, entry in listed.items():
        assert entry.keys() <= {"tests", "not_here"}, fault
        assert entry["tests"], fault
        for name in entry["tests"]:
            path, test = name.split("::")
            if not (ROOT / path).is_file() or test not in _tests(ROOT / path):
                lost.append(f"{fault}: {name}")
    assert lost == []


def test_the_page_about_security_has_every_fault() -> None:
    """Given SECURITY.md, when the numbers of its table are read, then they are those listed."""
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\bF\d{3}\b", page)) == set(FAULTS)


def test_a_test_named_after_a_fault_is_listed_under_it() -> None:
    """Given all tests whose names bear the number of a security fault
    When they are held against the list
    Then each is listed under that fault: none is forgotten when it is renamed.
    """
    found = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name in _tests(path):
            numbers = re.match(r"test_((?:f\d{3}_)+)", name)
            for fault in numbers[1].upper().rstrip("_").split("_") if numbers else []:
                if fault in FAULTS:
                    found.append((fault, f"{path.relative_to(ROOT)}::{name}"))
    assert len(found) > 20
    assert [one for one in found if one[1] not in _listed()[one[0]]["tests"]] == []
