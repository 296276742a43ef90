"""The same DAG file under a live scheduler, each task in a process of its own."""

from __future__ import annotations

import json
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from joinedup.embedded_airflow import LiveAirflow, live_airflow
from joinedup.settings import PROJECT_ROOT

DAG = "/api/v2/dags/nightly_load"
MINUTES = 60.0


@pytest.mark.live
def test_the_dag_completes_under_a_live_scheduler(tmp_path: Path) -> None:
    """
    Given demonstration returns and `airflow standalone` on the loopback address,
    when the DAG is un-paused and triggered with that folder,
    then it succeeds, a release stands, and no process or port is left.
    """
    from demonstration import write_demonstration

    home = tmp_path / "home"
    write_demonstration(tmp_path / "returns")
    with live_airflow(
        airflow_home=home / "airflow",
        dags_folder=PROJECT_ROOT / "dags",
        log_file=tmp_path / "live.log",
        settings_env={
            "JOINEDUP_HOME": str(home),
            # The night's own run would start at once when the DAG is un-paused.
            "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
        },
        timeout_seconds=5 * MINUTES,
    ) as live:
        airflow = psutil.Process().children(recursive=True)
        assert _addresses(airflow) == {"127.0.0.1"}
        ask = _asker(live)
        _until(lambda: ask(DAG, method="PATCH", body={"is_paused": False}), MINUTES)
        folder = str(tmp_path / "returns")
        run = ask(f"{DAG}/dagRuns", body={"logical_date": None, "conf": {"returns": folder}})
        path = f"{DAG}/dagRuns/{urllib.parse.quote(run['dag_run_id'])}"
        state = _until(lambda: _finished(ask(path)), 10 * MINUTES)
        assert state == "success", _why(ask, path)
        pids = {task["pid"] for task in ask(f"{path}/taskInstances")["task_instances"]}
        assert len(pids) == 5
    manifest = json.loads((home / "releases" / "current" / "manifest.json").read_text())
    assert manifest["files"]
    assert [process for process in airflow if _alive(process)] == []


def _asker(live: LiveAirflow) -> Callable[..., Any]:
    """Give a function that calls the REST API as the admin; None for what is not there yet."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask(path: str, body: Any = None, method: str | None = None, token: str = "") -> Any:
        request = urllib.request.Request(  # noqa: S310
            live.url + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {token or access}",
            },
        )
        try:
            with opener.open(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    access = "none"
    login = {"username": live.user, "password": live.password}
    access = ask("/auth/token", body=login)["access_token"]
    return ask


def _until(answer: Callable[[], Any], seconds: float) -> Any:
    """Ask again until there is an answer or the deadline has passed."""
    deadline = time.monotonic() + seconds
    while not (found := answer()):
        assert time.monotonic() < deadline, f"no answer within {seconds:.0f} s"
        time.sleep(1)
    return found


def _finished(run: dict[str, Any]) -> str | None:
    return run["state"] if run["state"] in ("success", "failed") else None


def _why(ask: Callable[..., Any], path: str) -> str:
    tasks = ask(f"{path}/taskInstances")["task_instances"]
    failed = [task["task_id"] for task in tasks if task["state"] == "failed"]
    logs = [ask(f"{path}/taskInstances/{task}/logs/1") for task in failed]
    return json.dumps(logs, indent=1)[-4000:]


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _addresses(processes: list[psutil.Process]) -> set[str]:
    """List the addresses that processes listen on."""
    return {
        connection.laddr.ip
        for process in processes
        if _alive(process)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
