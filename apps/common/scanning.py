"""Asking a virus scanner about a file, where one is configured (`ASSETS_CLAMD`).

The protocol is clamd's INSTREAM (https://docs.clamav.net/manual/Usage/Scanning.html, "clamd"): the
command, then pieces, each after its length in four bytes, big end first, and an empty one last.
Spoken by us, because the usual client (`clamd` on PyPI) has stood still since 2014, loses the
answer when the scanner hangs up in the middle, and would be hardly shorter to call.
"""

import logging
import re
import socket
import struct
from contextlib import suppress
from urllib.parse import urlsplit

from django.conf import settings

logger = logging.getLogger(__name__)

_SECONDS = 15.0
_PIECE = 64 * 1024
_LONGEST_ANSWER = 4096
_FOUND = re.compile(r"^stream: (?P<name>.+) FOUND$")
_TOO_LARGE = "INSTREAM size limit exceeded. ERROR"


class ScannerAway(Exception):
    """The scanner is configured and did not say whether the file is clean."""


class TooLargeToScan(ScannerAway):
    """The file is larger than the scanner takes: its `StreamMaxLength` is less than our limit."""


def virus_in(content: bytes) -> str | None:
    """Return the name of the virus that the scanner finds; None when it, or nobody, finds one.

    Raises:
        TooLargeToScan: it takes only smaller files.
        ScannerAway: it cannot be reached, is too slow, or says something else.
    """
    if not settings.CLAMD:
        return None
    try:
        answer = _asked(content)
    except OSError as fault:
        logger.exception("the virus scanner does not answer")
        raise ScannerAway from fault
    if answer == "stream: OK":
        return None
    if found := _FOUND.match(answer):
        logger.warning("the virus scanner found %s", found["name"])
        return found["name"]
    logger.error("the virus scanner said: %s", answer)
    raise TooLargeToScan if answer == _TOO_LARGE else ScannerAway


def _asked(content: bytes) -> str:
    with _connected() as scanner:
        # It hangs up in the middle of what is too large for it, and has said so before.
        with suppress(BrokenPipeError, ConnectionResetError):
            _show(scanner, content)
        return _answer_of(scanner)


def _show(scanner: socket.socket, content: bytes) -> None:
    scanner.sendall(b"zINSTREAM\0")
    for start in range(0, len(content), _PIECE):
        piece = content[start : start + _PIECE]
        scanner.sendall(struct.pack("!L", len(piece)) + piece)
    scanner.sendall(struct.pack("!L", 0))


def _answer_of(scanner: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
        part = scanner.recv(_LONGEST_ANSWER)
        if not part:
            break
        answer += part
    return answer.rstrip(b"\0").decode(errors="replace").strip()


def _connected() -> socket.socket:
    address = urlsplit(settings.CLAMD)
    if address.scheme == "unix":
        scanner = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        scanner.settimeout(_SECONDS)
        try:
            scanner.connect(address.path)
        except OSError:
            scanner.close()
            raise
        return scanner
    where = (address.hostname or "", address.port or 3310)
    return socket.create_connection(where, timeout=_SECONDS)
