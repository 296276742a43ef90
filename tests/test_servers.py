"""The servers that tests run against come, go, come back, and leave nothing."""

from __future__ import annotations

from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from tests.servers import Server, create_database, postgres_server, redis_server


def test_postgres_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    """Given PostgreSQL with a database and a row
    When it is stopped, and then killed, and started again each time
    Then the row is there, it listened on loopback only, and nothing is left of it.
    """
    psycopg2 = pytest.importorskip("psycopg2")
    with postgres_server(tmp_path) as server:
        address = create_database(server, "kept")
        _run(psycopg2, address, "create table held as select 1 as one")
        for end in (server.stop, server.kill):
            end()
            with pytest.raises(psycopg2.OperationalError):
                _run(psycopg2, address, "select 1")
            server.start()
            assert _run(psycopg2, address, "select one from held") == [(1,)]
        assert _listens(server) == {"127.0.0.1"}
    assert _listens(server) == set()
    assert not server.log_file.parent.exists()


def test_redis_keeps_its_queues(tmp_path: Path) -> None:
    """Given Redis with a queue
    When it is stopped, and then killed, and started again each time
    Then the queue is there, it listened on loopback only, and nothing of it runs on.
    """
    redis = pytest.importorskip("redis")
    with redis_server(tmp_path) as server:
        client = redis.Redis.from_url(server.url)
        client.rpush("queue", "a message")
        for end in (server.stop, server.kill):
            end()
            with pytest.raises(redis.ConnectionError):
                client.ping()
            server.start()
            assert client.lrange("queue", 0, -1) == [b"a message"]
        client.close()
        assert _listens(server) == {"127.0.0.1"}
    assert _listens(server) == set()


def _run(psycopg2: object, address: str, statement: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(address)  # type: ignore[attr-defined]
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        connection.close()


def _listens(server: Server) -> set[str]:
    """Give the addresses on which anybody listens at the server's port."""
    return {
        connection.laddr.ip
        for connection in psutil.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == server.port
    }
