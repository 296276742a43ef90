"""F116: a library whose bytes are not those of the lock is not installed."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from supply_chain.locks import LOCKS, ROOT

METADATA = "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
RECORD = "tiny.py,,\ntiny-1.0.dist-info/METADATA,,\ntiny-1.0.dist-info/WHEEL,,\n"


def _wheel(folder: Path) -> Path:
    path = folder / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("tiny.py", "VALUE = 1\n")
        wheel.writestr("tiny-1.0.dist-info/METADATA", METADATA)
        wheel.writestr("tiny-1.0.dist-info/WHEEL", WHEEL)
        wheel.writestr("tiny-1.0.dist-info/RECORD", RECORD)
    return path


def _install(folder: Path, sha256: str) -> subprocess.CompletedProcess[str]:
    lock = folder / "requirements.lock"
    lock.write_text(f"tiny==1.0 \\\n    --hash=sha256:{sha256}\n")
    command = [
        *(sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "install"),
        *("--no-index", "--find-links", str(folder), "--no-cache-dir", "--no-compile"),
        *("--target", str(folder / "site"), "--require-hashes", "-r", str(lock)),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_f116_a_changed_hash_is_not_installed(tmp_path: Path) -> None:
    """Given a library, and a lock with its hash or with one digit of it changed
    When it is installed as the Makefile does, with --require-hashes
    Then it is with the right hash only; otherwise pip ends with an error and installs nothing.
    """
    right = hashlib.sha256(_wheel(tmp_path).read_bytes()).hexdigest()
    wrong = ("1" if right[0] == "0" else "0") + right[1:]
    refused = _install(tmp_path, wrong)
    assert refused.returncode != 0
    assert "DO NOT MATCH THE HASHES" in refused.stderr
    assert not (tmp_path / "site" / "tiny.py").exists()
    assert _install(tmp_path, right).returncode == 0
    assert (tmp_path / "site" / "tiny.py").exists()


def test_f116_every_install_asks_for_the_hashes() -> None:
    """Given every lock, and every place where one is installed
    When they are read
    Then each line of a lock has a hash, and each install demands them.
    """
    for lock in LOCKS:
        entries = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())
        assert all("--hash=sha256:" in entry for entry in entries), lock.name
    installs = 0
    for name in ("Makefile", "Dockerfile", "deploy/superset/Dockerfile"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if re.search(r"install\b.*requirements[a-z-]*\.lock", line):
                installs += 1
                assert "--require-hashes" in line, f"{name}: {line}"
    assert installs >= 8
