"""Asking a virus scanner about a file, where one is configured (`ASSETS_CLAMD`).

The protocol is clamd's INSTREAM (https://docs.clamav.net/manual/Usage/Scanning.html, "clamd"): the
command, then pieces, each after its length in four bytes, big end first, and an empty one last.
"""

import logging
import re
import socket
import struct
from itertools import batched
from urllib.parse import urlsplit

from django.conf import settings

logger = logging.getLogger(__name__)

_SECONDS = 15.0
_PIECE = 64 * 1024
_LONGEST_ANSWER = 4096
_FOUND = re.compile(r"^stream: (?P<name>.+) FOUND$")


class ScannerAway(Exception):
    """The scanner is configured and did not say whether the file is clean."""


def virus_in(content: bytes) -> str | None:
    """Return the name of the virus that the scanner finds; None when it, or nobody, finds one.

    Raises:
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
    raise ScannerAway


def _asked(content: bytes) -> str:
    with _connected() as scanner:
        scanner.sendall(b"zINSTREAM\0")
        for piece in batched(content, _PIECE, strict=False):
            scanner.sendall(struct.pack("!L", len(piece)) + bytes(piece))
        scanner.sendall(struct.pack("!L", 0))
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
