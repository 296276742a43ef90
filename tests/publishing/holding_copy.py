"""Run by test_postgres_copy.py in a process of its own: copy a release, and stop at a table.

Usage: holding_copy.py RELEASES TABLES. Reads the database's address from JOINEDUP_MARTS_DATABASE;
says `holding` once as many tables are copied, and then waits for a line.
"""

from __future__ import annotations

import sys
from pathlib import Path

from joinedup.postgres_marts import publish
from joinedup.settings import Settings


def hold(_what: str, done: int, _all: int) -> None:
    """Stop at the table that was asked for."""
    if done == int(sys.argv[2]):
        sys.stdout.write("holding\n")
        sys.stdout.flush()
        sys.stdin.readline()


if __name__ == "__main__":
    publish(Settings(home=Path(sys.argv[1]).parent), report=hold)
