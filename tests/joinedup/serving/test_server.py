"""What the server is started with, and what it refuses before anything starts."""

from __future__ import annotations

import errno
import os
import shlex
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from joinedup.secret_files import write_secret
from joinedup.serving.keys import load_keys
from joinedup.serving.metadata import (
    Metadata,
    MetadataError,
    keep_metadata,
    metadata_of,
    require_usable,
)
from joinedup.serving.server import (
    PARTS,
    STATE_FILE,
    ServerRefusal,
    ServerStatus,
    airflow_environment,
    component_commands,
    require_free_port,
    server_environment,
    server_lock,
    start,
    status_of_server,
    stop,
)
from joinedup.serving.server_cli import add_commands
from joinedup.serving.supervisor import ComponentState, State
from joinedup.settings import PROJECT_ROOT, Settings
from tests.servers import create_database, free_port, postgres_server

ADDRESS = "postgresql://airflow:secret-of-mine@127.0.0.1:1/airflow"


@pytest.fixture
def settings_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """Make settings with a home of the test's."""
    monkeypatch.setenv("JOINEDUP_HOME", str(tmp_path))

    def make(**variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(f"JOINEDUP_{name.upper()}", value)
        return Settings()

    return make


# --- what it is started with ---


def test_everything_listens_on_the_loopback_address(settings_of: Callable[..., Settings]) -> None:
    """Given a port, when the server is configured, then no address is another machine's."""
    settings = settings_of(server_port="4321")
    environment = server_environment(settings)
    assert environment["AIRFLOW__API__HOST"] == "127.0.0.1"
    urls = {name for name, value in environment.items() if "://127.0.0.1:4321" in value}
    assert {name for name, value in environment.items() if "http://" in value} == urls
    assert len(urls) == 2
    for name, command in component_commands().items():
        assert ("--skip-serve-logs" in command) == (name in ("scheduler", "triggerer"))


def test_users_have_to_log_in(settings_of: Callable[..., Settings]) -> None:
    """Given the server, when it is configured, then not with Airflow's login for development."""
    environment = server_environment(settings_of())
    assert environment["AIRFLOW__CORE__AUTH_MANAGER"].endswith(".FabAuthManager")
    assert not [name for name in environment if "SIMPLE_AUTH" in name]


def test_secrets_are_read_from_files(settings_of: Callable[..., Settings]) -> None:
    """
    Given the keys of a home with a space in its name, and a database with a password,
    when Airflow runs the commands of its environment,
    then it has the home's own, and no secret is in the environment itself.
    """
    settings = settings_of(home=str(settings_of().home / "a home"), metadata_database=ADDRESS)
    environment = airflow_environment(settings)
    keys = load_keys(settings.server_home)
    wanted = {
        "AIRFLOW__CORE__FERNET_KEY": keys.fernet,
        "AIRFLOW__API_AUTH__JWT_SECRET": keys.jwt,
        "AIRFLOW__API__SECRET_KEY": keys.api,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata_of(settings).url,
    }
    commands = {name: shlex.split(environment[f"{name}_CMD"]) for name in wanted}
    read = {
        name: subprocess.run(command, capture_output=True, text=True, check=True).stdout
        for name, command in commands.items()
    }
    assert read == wanted
    assert not wanted.keys() & environment.keys()
    everything = "\n".join(environment.values())
    assert not [name for name in ("secret-of-mine", *wanted.values()) if name in everything]


def test_nobody_else_gets_into_its_folders(settings_of: Callable[..., Settings]) -> None:
    """Given a new home, when only a command of Airflow's is asked for, then it is closed."""
    settings = settings_of()
    airflow_environment(settings)
    for folder in (settings.server_home, settings.server_home / "keys"):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_it_keeps_its_files_apart_from_a_run_by_hand(settings_of: Callable[..., Settings]) -> None:
    """Given both Airflow homes, then `joinedup run` shares no metadata with the server."""
    settings = settings_of()
    assert settings.server_home != settings.airflow_home
    environment = server_environment(settings)
    assert environment["AIRFLOW_HOME"] == str(settings.server_home)
    assert str(settings.server_logs) in environment["AIRFLOW__LOGGING__BASE_LOG_FOLDER"]


# --- the metadata database ---


def test_without_an_address_it_is_sqlite(settings_of: Callable[..., Settings]) -> None:
    """Given no address, or an empty one, then metadata lie in the home."""
    settings = settings_of(metadata_database="", metadata_database_file="")
    metadata = metadata_of(settings)
    assert metadata.url == f"sqlite:///{settings.server_home / 'airflow.db'}"
    require_usable(metadata)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_the_password_of_the_database_is_not_shown(
    settings_of: Callable[..., Settings], scheme: str
) -> None:
    """Given an address with a password, when it is printed or logged, then without it."""
    address = ADDRESS.replace("postgresql", scheme) + "?password=secret-of-mine"
    settings = settings_of(metadata_database=address)
    metadata = metadata_of(settings)
    assert metadata.url.startswith("postgresql+psycopg2://airflow:secret-of-mine@127.0.0.1:1/")
    assert metadata.name == "PostgreSQL, airflow@127.0.0.1:1/airflow"
    assert "secret-of-mine" not in f"{metadata!r} {settings!r}"


def test_the_address_may_lie_in_a_file(
    settings_of: Callable[..., Settings], tmp_path: Path
) -> None:
    """Given a file with an address, when others may read it, then it is refused, else taken."""
    file = tmp_path / "address"
    write_secret(file, ADDRESS + "\n")
    settings = settings_of(metadata_database_file=str(file))
    assert "airflow@127.0.0.1:1" in metadata_of(settings).name
    file.chmod(0o644)
    with pytest.raises(MetadataError, match="chmod 600"):
        metadata_of(settings)


def test_airflows_commands_work_on_the_servers_database(
    settings_of: Callable[..., Settings],
) -> None:
    """
    Given a server that was started with a database of its own, when a command of Airflow's is
    asked for, then it is for that one; once the server is down, it is not guessed which is meant.
    """
    settings = settings_of()
    settings.server_home.mkdir()
    keep_metadata(settings.server_home, metadata_of(settings_of(metadata_database=ADDRESS)))
    plain = settings_of(metadata_database="")
    (settings.server_home / STATE_FILE).write_text(_killed(plain).model_dump_json())
    file = shlex.split(airflow_environment(plain)["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD"])[-1]
    assert "secret-of-mine@127.0.0.1" in Path(file).read_text()
    stop(plain)
    with pytest.raises(
        ServerRefusal, match=r"PostgreSQL, airflow@.*the settings name SQLite"
    ) as no:
        airflow_environment(plain)
    assert "secret-of-mine" not in str(no.value)
    assert "secret-of-mine@127.0.0.1" in Path(file).read_text()


def test_two_addresses_are_refused(settings_of: Callable[..., Settings], tmp_path: Path) -> None:
    """Given an address and a file with one, when asked which is meant, then neither is guessed."""
    settings = settings_of(metadata_database=ADDRESS, metadata_database_file=str(tmp_path / "a"))
    with pytest.raises(MetadataError, match="not both"):
        metadata_of(settings)


@pytest.mark.parametrize("address", ["mysql://a:secret-b@c/d", "secret", "postgresql://h:secret/d"])
def test_an_address_of_another_kind_is_refused(
    settings_of: Callable[..., Settings], address: str
) -> None:
    """Given an address that is not PostgreSQL's, when read, then its form is said, not itself."""
    with pytest.raises(MetadataError, match="postgresql://user:password@host") as refusal:
        metadata_of(settings_of(metadata_database=address))
    assert "secret" not in str(refusal.value)


def test_a_database_out_of_reach_is_refused(settings_of: Callable[..., Settings]) -> None:
    """Given an address where nothing listens, when looked at, then that is said, quickly."""
    with pytest.raises(MetadataError, match=r"does not answer \(PostgreSQL, .*refused") as refusal:
        require_usable(metadata_of(settings_of(metadata_database=ADDRESS)))
    assert "secret-of-mine" not in str(refusal.value)


@pytest.mark.long
def test_a_database_that_will_not_do_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Given a real PostgreSQL, when it is older than Airflow needs, the password is wrong, or the
    user may make no tables, then each is said; and as it is, it will do.
    """
    from sqlalchemy import create_engine, text
    from sqlalchemy.engine import make_url

    with postgres_server(tmp_path) as postgres:
        address = create_database(postgres, "metadata").replace(
            "postgresql:", "postgresql+psycopg2:"
        )
        require_usable(Metadata(address, "PostgreSQL", is_postgresql=True))
        with create_engine(address).begin() as connection:
            connection.execute(text("create role guest login password 'of-a-guest'"))
        guest = make_url(address).set(username="guest", password="of-a-guest")  # noqa: S106
        stranger = guest.set(password="wrong")  # noqa: S106
        for url, why in ((guest, "may not make tables"), (stranger, "password authentication")):
            shown = url.render_as_string(hide_password=False)
            with pytest.raises(MetadataError, match=why):
                require_usable(Metadata(shown, "PostgreSQL", is_postgresql=True))
        monkeypatch.setattr("joinedup.serving.metadata.OLDEST_POSTGRESQL", 99)
        with pytest.raises(MetadataError, match=r"is PostgreSQL \d+; Airflow needs 99 or newer"):
            require_usable(Metadata(address, "PostgreSQL", is_postgresql=True))


# --- what is refused ---


def test_a_port_in_use_is_refused(settings_of: Callable[..., Settings]) -> None:
    """Given a program that listens, when the server is to start there, then nothing starts."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings = settings_of(server_port=str(port))
        with pytest.raises(ServerRefusal, match=f"Port {port} is in use.*JOINEDUP_SERVER_PORT"):
            start(settings)
    require_free_port(port)
    assert list(settings.server_home.iterdir()) == []


def test_a_port_that_another_homes_server_has_is_told(
    settings_of: Callable[..., Settings], tmp_path: Path
) -> None:
    """Given a listener with the settings of another home's server, when the server is to start
    at its port, then that home is named.
    """
    listen = (
        "import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1])));"
        "print(flush=True); sys.stdin.read()"
    )
    port = free_port()
    other = tmp_path / "other home"
    settings = settings_of(server_port=str(port), home=str(other))
    with subprocess.Popen(
        [sys.executable, "-c", listen, str(port)],
        env={**os.environ, **server_environment(settings)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as listener:
        assert listener.stdout is not None
        listener.stdout.readline()
        with pytest.raises(ServerRefusal) as refused:
            start(settings_of(home=str(tmp_path)))
        listener.communicate()
    assert f"Port {port} is in use by the server of {other}; end that one" in str(refused.value)


def test_a_second_server_is_refused(settings_of: Callable[..., Settings]) -> None:
    """Given a home whose lock is held, when a second server is to start, then it is refused."""
    settings = settings_of()
    settings.server_home.mkdir()
    with server_lock(settings):
        with pytest.raises(ServerRefusal, match="just being started"):
            start(settings)
        (settings.server_home / STATE_FILE).write_text(_killed(settings).model_dump_json())
        with pytest.raises(ServerRefusal, match=r"running already at http://127\.0\.0\.1:9;"):
            start(settings)


def test_without_its_packages_it_is_refused(
    settings_of: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given only what `make run` installs, when the server is to start, then what lacks is said."""
    monkeypatch.setattr("joinedup.serving.server.FAB_PACKAGE", "no-such-package")
    with pytest.raises(ServerRefusal, match=r"requirements-server\.lock"):
        start(settings_of())


def test_where_no_server_is_there_is_nothing_to_end(settings_of: Callable[..., Settings]) -> None:
    """Given a home that never had a server, when it is asked for or ended, then there is none."""
    settings = settings_of()
    assert status_of_server(settings) is None
    assert stop(settings) is None


def test_a_server_that_is_being_started_is_not_missed(
    settings_of: Callable[..., Settings], command: Callable[..., Result]
) -> None:
    """Given a start that is under way, when it is to be ended, then not `none` is said."""
    settings = settings_of()
    settings.server_home.mkdir()
    with server_lock(settings):
        refused = command("down")
    assert (refused.exit_code, "just being started" in refused.output) == (1, True)


def test_another_users_server_is_refused_in_words(
    settings_of: Callable[..., Settings],
    command: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given a home that this user may not look into, when asked for or ended, then that is said."""
    settings_of()

    def not_allowed(file: Path) -> State:
        raise PermissionError(errno.EACCES, "Permission denied", str(file))

    monkeypatch.setattr("joinedup.serving.server.read_state", not_allowed)
    for name in ("down", "server-status"):
        refused = command(name)
        assert refused.exit_code == 1
        assert refused.output.endswith("is not this user's: Permission denied.\n")


def test_what_another_airflow_says_does_not_count(
    settings_of: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a healthy Airflow of another home at the port, when asked, then ours is not healthy."""
    monkeypatch.setattr(
        "joinedup.serving.server.health_of", lambda _url: dict.fromkeys(PARTS, "healthy")
    )
    settings = settings_of()
    settings.server_home.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        for processes, heard in (((os.getppid(),), False), ((os.getpid(),), True)):
            state = _killed(settings).model_copy(
                update={"about": {"url": url}, "leader": processes[0]}
            )
            (settings.server_home / STATE_FILE).write_text(state.model_dump_json())
            monkeypatch.setattr(
                "joinedup.serving.server.still_there", lambda _, found=processes: found
            )
            status = status_of_server(settings)
            assert status is not None
            assert status.is_healthy == heard


def test_the_extra_holds_what_the_server_needs() -> None:
    """Given the project's extra `server`, then it names the login and PostgreSQL's drivers."""
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())["project"]
    extra = " ".join(project["optional-dependencies"]["server"])
    assert all(name in extra for name in ("providers-fab", "psycopg2", "asyncpg"))


# --- the commands ---


@pytest.fixture
def command() -> Callable[..., Result]:
    """Run one of the server's commands in this process."""
    app = typer.Typer()
    add_commands(app)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_without_a_server_the_commands_say_so(
    settings_of: Callable[..., Settings], command: Callable[..., Result]
) -> None:
    """Given no server, when it is ended or asked for, then that is said of this home; ending is
    no error.
    """
    home = settings_of().home
    ended, asked = command("down"), command("server-status")
    assert (ended.exit_code, ended.output) == (0, f"No server of {home} is running.\n")
    assert f"No server of {home} is running" in asked.output
    assert (asked.exit_code, "joinedup up" in asked.output) == (1, True)
    assert command("server-status", "--json").output == "{}\n"


def test_a_refusal_is_said_in_words(
    settings_of: Callable[..., Settings], command: Callable[..., Result]
) -> None:
    """Given an easy password, when the server is to start, then it does not, and why is said."""
    settings = settings_of(server_port=str(free_port()))
    settings.server_home.mkdir()
    write_secret(settings.server_home / "password", "admin")
    refused = command("up")
    assert refused.exit_code == 1
    assert "Airflow was not started. The password in" in refused.output
    assert "Traceback" not in refused.output


@pytest.mark.parametrize(
    ("source", "is_warned"),
    [({}, True), ({"web": "true"}, False), ({"returns": "returns"}, False)],
    ids=["none", "web", "folder"],
)
def test_a_server_without_a_source_of_returns_warns(
    settings_of: Callable[..., Settings],
    command: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
    source: dict[str, str],
    is_warned: bool,
) -> None:
    """Given no folder and no web, when the server is up, then it is said that nights take no
    files; given either, it is not.
    """
    settings = settings_of(**source)
    up = ServerStatus(_killed(settings), (), {})
    monkeypatch.setattr("joinedup.serving.server.start", lambda *_, **__: up)
    said = command("up")
    assert (said.exit_code, f"home      {settings.home}" in said.output) == (0, True)
    assert ("No source of returns is set" in said.output) == is_warned


def test_a_killed_supervisor_is_told(
    settings_of: Callable[..., Settings], command: Callable[..., Result]
) -> None:
    """Given the state of a supervisor that is no more, when asked, then how to go on is said."""
    settings = settings_of()
    settings.server_home.mkdir()
    (settings.server_home / STATE_FILE).write_text(_killed(settings).model_dump_json())
    told = command("server-status")
    assert told.exit_code == 2
    assert "http://127.0.0.1:9 is not healthy; up since 2026-06-01 00:00 UTC" in told.output
    assert "The supervisor was killed;" in told.output
    assert "joinedup up starts the server again." in told.output
    assert "scheduler      does not answer; process 12, started 3 times" in told.output
    assert f"home           {settings.home}" in told.output
    assert command("down").output.splitlines() == [
        f"Ending Airflow of {settings.home} (up to half a minute) ...",
        f"Airflow of {settings.home} is down.",
    ]
    assert status_of_server(settings) is None


def _killed(settings: Settings) -> State:
    """Give the state that a supervisor left which is no more."""
    long_ago = datetime(2026, 6, 1, tzinfo=UTC)
    return State(
        leader=1,
        leader_started=0,
        boot="another",
        started_at=long_ago,
        temporary=settings.home / "temporary",
        about={"url": "http://127.0.0.1:9", "database": "SQLite"},
        components={"scheduler": ComponentState(pid=12, starts=3, since=long_ago)},
    )
