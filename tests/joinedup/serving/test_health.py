"""How the parts of Airflow say they are, and what becomes of an answer that is none."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from joinedup.serving.health import health_of
from joinedup.settings import PROJECT_ROOT

SAID = (
    '{"metadatabase": {"status": "healthy"}, '
    '"scheduler": {"status": "unhealthy", "latest_scheduler_heartbeat": null}}'
)


@pytest.fixture
def said() -> Iterator[Callable[[str], str]]:
    """Serve a text as the answer, and give the address."""
    servers: list[ThreadingHTTPServer] = []

    def serve(text: str) -> str:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if self.path == "/api/v2/monitor/health" else 404)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing on the terminal."""

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Answer))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_each_part_says_how_it_is(said: Callable[[str], str]) -> None:
    """Given an API server, when asked, then each part is as it says; without one, none is."""
    assert health_of(said(SAID)) == {"metadatabase": "healthy", "scheduler": "unhealthy"}
    assert health_of("http://127.0.0.1:9") == {}


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"scheduler": {}}', '{"scheduler": 1}'])
def test_an_answer_of_another_kind_is_none(said: Callable[[str], str], text: str) -> None:
    """Given another program at the address, when asked, then no part is known to be healthy."""
    assert health_of(said(text)) == {}


@pytest.mark.parametrize(
    ("part", "code"), [("metadatabase", 0), ("scheduler", 1), ("dag_processor", 1)]
)
def test_a_program_may_ask(said: Callable[[str], str], part: str, code: int) -> None:
    """Given one part, when a program asks, then it ends with 0 only if that part is healthy."""
    done = subprocess.run(
        [sys.executable, "-m", "joinedup.serving.health", said(SAID), part],
        env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT)},
        check=False,
    )
    assert done.returncode == code
