"""Ports for servers that do not care which one they get."""

import random
import socket

# Below those that the system gives to outgoing connections: nobody takes one by chance meanwhile.
_CHOICE = range(20_000, 32_000)


def free_port() -> int:
    """Return a port that nobody on this machine listens on."""
    for port in random.sample(_CHOICE, len(_CHOICE)):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("every port is taken")
