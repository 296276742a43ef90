"""F114: no pickle, no unsafe YAML, no eval, no shell, and no rule left out without a reason."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.security.code import ROOT

RULES = ("--select", "S", "--ignore", "S603")
"""The security rules of ruff (bandit's). S603 finds every start of a program; S602, a shell."""

SAID_ELSEWHERE = {"S608"}
"""SQL that is put together: own_sql.yml says of each place what is put in, and why that is safe."""

IN_TESTS = {"S104", "S105", "S106", "S108", "S310", "S311"}
"""In tests addresses, passwords, folders and figures are made up, and need be no secret."""

PACKAGES = ("joinedup", "ingestion", "dbt_project", "expectations", "publishing", "demonstration")
MORE = ("dags", "benchmarks", "supply_chain", "deploy", "tests")
LEFT_OUT = re.compile(r"# noqa: (?P<codes>[A-Z]+\d+(, ?[A-Z]+\d+)*)(?P<reason>.*)")


def _ruff(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", *RULES, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_f114_the_security_rules_find_nothing() -> None:
    """Given all code
    When the security rules look at it
    Then they find nothing.
    """
    found = _ruff(*PACKAGES, *MORE)
    assert found.returncode == 0, found.stdout


def test_f114_the_rules_find_what_they_are_for(tmp_path: Path) -> None:
    """Given code that unpickles, loads YAML unsafely, evaluates and calls a shell
    When the same rules look at it
    Then they find each of them.
    """
    path = tmp_path / "evil.py"
    path.write_text(
        "import pickle, subprocess, yaml\n"
        "pickle.loads(b'')\nyaml.load('')\neval('1')\nsubprocess.run('ls', shell=True)\n"
    )
    found = _ruff("--config", str(ROOT / "pyproject.toml"), str(path))
    assert found.returncode == 1
    assert {"S301", "S506", "S307", "S602"} <= set(re.findall(r"\bS\d{3}\b", found.stdout))


def test_f114_each_exception_has_its_reason() -> None:
    """Given every place where a security rule is left out
    When its comment is read
    Then it names the rule and says why, in words.
    """
    bare = []
    places = 0
    for folder in (*PACKAGES, *MORE):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                found = LEFT_OUT.search(line)
                codes = set(re.findall(r"\bS\d{3}", found["codes"])) if found else set()
                codes -= SAID_ELSEWHERE | (IN_TESTS if folder == "tests" else set())
                if found and codes:
                    places += 1
                    if len(re.findall(r"[a-z]{2,}", found["reason"])) < 2:
                        bare.append(f"{path.relative_to(ROOT)}:{number}")
    assert places > 10
    assert bare == []
