"""What docker-compose.yml and the Dockerfiles promise, read from them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from joinedup.alerting.channels import channels_of
from joinedup.settings import PROJECT_ROOT, Settings
from tests.deploy.compose_file import CODE, COMPOSE, DEPLOY, Here, compose, dockerfiles, services

RUN_ONCE = {"prepare", "superset-prepare", "joinedup"}
MAY_BE_EMPTY = {"smtp_password", "alert_webhooks"}
SERVICES = sorted(yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"])


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each service in turn."""
    return {"name": request.param, **services()[request.param]}


def _configured(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("needs docker-compose: on Debian the package of that name")
    return subprocess.run(
        [program, "--profile", "celery", "--profile", "command", "-f", str(COMPOSE), "config"],
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_file_is_valid_and_asks_for_the_returns(tmp_path: Path) -> None:
    """Given Debian's docker-compose
    When it reads the file, once with a folder of returns and once without
    Then the first is valid and has every service, and the second names what is missing.
    """
    found = _configured({"RETURNS": str(tmp_path)})
    assert found.returncode == 0, found.stderr
    assert set(yaml.safe_load(found.stdout)["services"]) == set(services())
    refused = _configured({})
    assert refused.returncode != 0
    assert "Set RETURNS" in refused.stderr


def test_f117_nothing_listens_beyond_this_machine(service: dict[str, Any]) -> None:
    """Given a service
    When its ports are read
    Then each is bound to 127.0.0.1, and none shares the machine's network.
    """
    for port in service.get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port), port
    assert "network_mode" not in service
    published = {name for name, one in services().items() if one.get("ports")}
    assert published == {"postgres", "airflow-apiserver", "superset", "pages"}


def test_f117_who_does_not_belong_together_cannot_talk() -> None:
    """Given the networks
    When their members are listed
    Then Superset and the pages' server reach neither Airflow nor each other, each port has a
    network for itself without a way to the internet, and only tasks and who tells have one.
    """
    members: dict[str, set[str]] = {}
    for name, service in services().items():
        for network in service["networks"]:
            members.setdefault(network, set()).add(name)
    workers = {"airflow-scheduler", "airflow-worker-1", "airflow-worker-2", "joinedup"}
    assert members == {
        "airflow": {name for name in services() if "superset" not in name} - {"pages"},
        "bi": {"postgres", "superset", "superset-prepare"},
        "outside": {*workers, "airflow-dag-processor"},
        "postgres-port": {"postgres"},
        "airflow-port": {"airflow-apiserver"},
        "superset-port": {"superset"},
        "pages-port": {"pages"},
    }
    networks = compose()["networks"]
    assert networks["airflow"] == networks["bi"] == {"internal": True}
    closed = {"driver_opts": {"com.docker.network.bridge.enable_ip_masquerade": "false"}}
    assert all(networks[name] == closed for name in members if name.endswith("-port"))


TELLING = ["airflow-scheduler", "airflow-worker-1", "airflow-dag-processor", "joinedup"]


@pytest.mark.parametrize("name", TELLING)
def test_who_tells_has_home_settings_and_a_way_out(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Given a service in which tasks run, or in which a lost task is told of
    When what it has is read
    Then what was told can be kept, every setting of alerts reaches it, each with the default that
    it has elsewhere, and there is a way to the mail server.
    """
    service = services()[name]
    kept = {"type": "volume", "source": "warehouse", "target": "/var/lib/joinedup"}
    assert kept in service["volumes"]
    assert "outside" in service["networks"]
    assert {"smtp_password", "alert_webhooks"} <= set(service["secrets"])
    environment = service["environment"]
    assert environment["JOINEDUP_HOME"] == "/var/lib/joinedup"
    monkeypatch.chdir(tmp_path)
    plain = Settings()
    for variable, value in environment.items():
        if variable.startswith("JOINEDUP_"):
            monkeypatch.setenv(variable, str(value))
    given = Settings()
    alerts = [field for field in Settings.model_fields if field.startswith("alert_")]
    assert len(alerts) > 5
    for field in alerts:
        variable = f"JOINEDUP_{field.upper()}"
        assert variable in environment
        if field != "alert_webhooks_file":
            assert getattr(given, field) == getattr(plain, field)
            assert f"${{{variable}:-" in COMPOSE.read_text(encoding="utf-8")
    assert given.alert_webhooks_file == Path("/run/secrets/alert_webhooks")


def test_what_nobody_has_filled_in_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Given secrets as they are made, and then with a mail server's password and a webhook
    When the channels of alerts are looked for
    Then first there is none and nothing wrong, and then there are both.
    """
    folder = tmp_path / "secrets"
    subprocess.run([DEPLOY / "make-secrets", folder], check=True, capture_output=True, timeout=60)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JOINEDUP_ALERT_WEBHOOKS_FILE", str(folder / "alert_webhooks"))
    assert channels_of(Settings()) == ([], [])
    (folder / "smtp_password").write_text("of-the-mail-server")
    (folder / "alert_webhooks").write_text("jsons://chat.example.org/hook\n")
    monkeypatch.setenv("JOINEDUP_ALERT_MAIL_TO", "duty@example.org")
    monkeypatch.setenv("JOINEDUP_ALERT_MAIL_FROM", "joinedup@example.org")
    monkeypatch.setenv("JOINEDUP_ALERT_MAIL_HOST", "smtp.example.org")
    monkeypatch.setenv("JOINEDUP_ALERT_MAIL_USER", "joinedup")
    monkeypatch.setenv("JOINEDUP_ALERT_MAIL_PASSWORD_FILE", str(folder / "smtp_password"))
    channels, problems = channels_of(Settings())
    assert len(channels) == 2
    assert problems == []


def test_f117_every_service_is_held_in(service: dict[str, Any]) -> None:
    """Given a service
    When its rights are read
    Then it is no root, writes only to volumes and memory, and has limits.
    """
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "devices", "pid", "ipc"} & service.keys()
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert service["pids_limit"] > 0
    assert service["logging"]["options"]["max-size"]
    for volume in service.get("volumes", []):
        assert "docker.sock" not in volume["source"]
        assert volume["type"] == "volume" or volume["read_only"] is True, volume


def test_every_service_comes_back_and_says_how_it_is(service: dict[str, Any]) -> None:
    """Given a service
    When its restart policy and health check are read
    Then what runs on is started again and looked at, and what runs once is not.
    """
    if service["name"] in RUN_ONCE:
        assert service["restart"] in ("no", "on-failure")
        return
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert service["healthcheck"].keys() >= {"interval", "timeout", "retries"}


def test_f117_every_image_has_its_version(service: dict[str, Any]) -> None:
    """Given a service
    When its image is read
    Then it is one that is built here, and has a whole version.
    """
    assert service["image"].startswith("joinedup")
    assert service["build"]
    _require_version(service["image"])


def _require_version(image: str) -> None:
    """A whole version has three numbers; PostgreSQL's have two."""
    numbers = r"\d+\.\d+" if "postgres:" in image else r"\d+\.\d+\.\d+"
    assert re.search(rf":{numbers}(-[\w.-]+)?$", image), image


@pytest.mark.parametrize("path", dockerfiles(), ids=lambda path: path.parent.name)
def test_f117_images_are_built_from_locks_and_run_as_nobody_special(path: Path) -> None:
    """Given a Dockerfile
    When it is read
    Then its base has a version, what it installs has hashes, and it does not end as root.
    """
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert bases
    for base in bases:
        _require_version(base)
    users = re.findall(r"^USER (\S+)", text, re.MULTILINE)
    assert users
    assert users[-1] not in ("root", "0")
    installs = re.findall(r"pip install [^&\n]*", text)
    assert all("--require-hashes" in one or "--no-deps" in one for one in installs), installs
    assert not re.search(r"^(ENV|ARG) .*(PASSWORD|SECRET|KEY)", text, re.MULTILINE)
    assert "10001" in text


def test_f118_no_task_can_write_what_it_runs() -> None:
    """Given the image and what is mounted
    When what the task user may write is read
    Then code, DAGs, models and checks are not among it.
    """
    text = (PROJECT_ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    owned = re.findall(r"chown -R joinedup:joinedup ([^&\n]*)", text)
    assert [one.split() for one in owned] == [["/var/lib/joinedup", "/var/log/airflow"]]
    assert "--chown" not in text
    assert text.index("COPY . .") < text.index("USER joinedup")
    for name, service in services().items():
        writable = [
            volume["target"]
            for volume in service.get("volumes", [])
            if not volume.get("read_only", False)
        ] + [one.split(":")[0] for one in service.get("tmpfs", [])]
        assert not [target for target in writable if target.startswith("/opt")], name
        dags = service.get("environment", {}).get("AIRFLOW__CORE__DAGS_FOLDER")
        assert dags in (None, "/opt/joinedup/dags")
    for name, service in services().items():
        bound = [one["source"] for one in service.get("volumes", []) if one["type"] == "bind"]
        assert bound in ([], ["${RETURNS:?Set RETURNS to the folder of publishers' files}"]), name
    readers = {name for name, one in services().items() if "releases" in str(one.get("volumes"))}
    assert readers == {
        "airflow-scheduler",
        "airflow-worker-1",
        "airflow-worker-2",
        "joinedup",
        "pages",
    }


def test_f111_every_secret_is_a_file_that_is_checked_before_the_start() -> None:
    """Given the services
    When their secrets are read
    Then each is a file of deploy/secrets, is asked for by name before anything starts, and no
    password stands in the file.
    """
    secrets = compose()["secrets"]
    assert secrets == {name: {"file": f"./deploy/secrets/{name}"} for name in secrets}
    for name, service in services().items():
        given = set(service.get("secrets", []))
        assert given <= secrets.keys()
        asked = set(service.get("environment", {}).get("SECRETS", "").split())
        assert asked == given - MAY_BE_EMPTY, name
        assert not asked or Here(CODE).command(name)[0].endswith("/with-secrets"), name
        assert "entrypoint" not in service, name
        for variable, value in service.get("environment", {}).items():
            if re.search(
                r"PASSWORD|SECRET_KEY|FERNET|JWT|ALCHEMY_CONN|BROKER_URL|RESULT_BACKEND", variable
            ):
                assert variable.endswith(("_CMD", "_FILE")), variable
                assert re.match(r"$|/run/secrets/|\S*/deploy/(secret|address) ", value), variable
    ignored = (PROJECT_ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "deploy/secrets" in ignored
    assert "secrets/" in (DEPLOY / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_f111_airflow_has_users_with_passwords() -> None:
    """Given the Airflow services
    When their configuration is read
    Then users are kept in the database; the manager for development is nowhere.
    """
    airflow = [one for name, one in services().items() if "airflow" in name or name == "prepare"]
    assert len(airflow) == 7
    for service in airflow:
        manager = service["environment"]["AIRFLOW__CORE__AUTH_MANAGER"]
        assert manager.endswith("FabAuthManager")


def test_the_settings_of_the_file_exist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Given the settings of joinedup that services get
    When they are read as settings
    Then each is known, and the marts go to the database with the role that may read them.
    """
    monkeypatch.chdir(tmp_path)
    for name in ("airflow-scheduler", "joinedup"):
        environment = services()[name]["environment"]
        for variable, value in environment.items():
            if variable.startswith("JOINEDUP_"):
                monkeypatch.setenv(variable, str(value))
        settings = Settings()
        assert settings.marts_reader == "marts_reader"
        assert settings.releases == Path("/var/lib/joinedup/releases")
