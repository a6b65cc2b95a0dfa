"""Files are shown to a virus scanner, where there is one; it is a real socket here."""

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from django.core.files.base import ContentFile
from pytest_django import Settings

from apps.common import scanning, uploads
from apps.common.errors import FileRefused

# The European Institute's harmless file that every scanner must find; in two parts, so that no
# scanner finds it here.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + rb"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

type Judge = Callable[[bytes], bytes]


def finds_eicar(content: bytes) -> bytes:
    return b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK"


def _exactly(connection: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count:
        got += connection.recv(count - len(got))
    return got


def _serve(listener: socket.socket, judge: Judge) -> None:
    """Speak the protocol once."""
    connection, _ = listener.accept()
    with connection:
        assert _exactly(connection, 10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!L", _exactly(connection, 4))[0]:
            content += _exactly(connection, size)
        connection.sendall(judge(content) + b"\0")


@contextmanager
def scanner(judge: Judge, listener: socket.socket) -> Iterator[None]:
    with listener:
        listener.listen()
        thread = Thread(target=_serve, args=(listener, judge), daemon=True)
        thread.start()
        yield
        thread.join(5)


@contextmanager
def at_a_port(settings: Settings, judge: Judge) -> Iterator[None]:
    listener = socket.create_server(("127.0.0.1", 0))
    settings.CLAMD = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    with scanner(judge, listener):
        yield


def check(content: bytes) -> uploads.Checked:
    return uploads.check(ContentFile(content, name="note.txt"))


def test_a_clean_file_of_many_pieces_is_kept(settings: Settings) -> None:
    with at_a_port(settings, finds_eicar):
        assert check(b"paid " * 50_000).content_type == "text/plain"


def test_a_virus_is_refused_by_its_name(settings: Settings) -> None:
    with (
        at_a_port(settings, finds_eicar),
        pytest.raises(FileRefused, match="found “Eicar-Test-Signature” in it"),
    ):
        check(EICAR)


def test_the_scanner_may_be_at_a_path(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "clamd.sock"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    settings.CLAMD = f"unix://{path}"
    with scanner(finds_eicar, listener), pytest.raises(FileRefused, match="Eicar"):
        check(EICAR)


@pytest.mark.parametrize("answer", [b"", b"stream: PERHAPS", b"INSTREAM: timed out. ERROR"])
def test_whatever_else_it_says_is_no_yes(settings: Settings, answer: bytes) -> None:
    with (
        at_a_port(settings, lambda _content: answer),
        pytest.raises(FileRefused, match="the virus scanner does not answer; try again"),
    ):
        check(b"paid")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "unix:///nowhere/clamd.sock"])
def test_a_scanner_that_is_away_lets_nothing_in(settings: Settings, address: str) -> None:
    settings.CLAMD = address

    with pytest.raises(FileRefused, match="the virus scanner does not answer"):
        check(b"paid")


def test_without_a_scanner_nobody_is_asked(settings: Settings) -> None:
    settings.CLAMD = ""

    assert scanning.virus_in(EICAR) is None
