"""Where webhooks may go: to names in the public internet, and nowhere inside.

Whoever subscribes chooses an address that our own server then calls. So what the name stands for is
looked up by us, each time; every address that it stands for must be public; and the connection goes
to the address that was looked at (`sending`), so that a second answer of the name server changes
nothing.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from apps.webhooks.errors import UrlRefused
from apps.webhooks.models import URL_LENGTH

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

    type Address = IPv4Address | IPv6Address

PORTS = (443, 8443)
_LONGEST_NAME = 253
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
# A last label that is a number makes an address of the whole name: 127.1, 0x7f.0.0.1, 2130706433.
# https://url.spec.whatwg.org/#ends-in-a-number-checker
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PRINTABLE = re.compile(r"[!-\[\]-~]+")
_V6 = 6
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

_GLOBAL_V6 = ipaddress.ip_network("2000::/3")
"""All that is assigned to the public internet (RFC 4291, IANA). Outside of it lie, besides what is
private, IPv4 addresses in IPv6: mapped, compatible, and those of NAT64 (RFC 6052, RFC 8215)."""
_NOT_PUBLIC = (
    # 6to4 (RFC 3056) and its relays (RFC 7526): an IPv4 address, perhaps a private one, is inside.
    ipaddress.ip_network("2002::/16"),
    ipaddress.ip_network("192.88.99.0/24"),
    # Teredo (RFC 4380) and ORCHID: inside 2001::/23, of which parts are called global.
    ipaddress.ip_network("2001::/23"),
    # Documentation (RFC 9637), which Python 3.13 calls global.
    ipaddress.ip_network("3fff::/20"),
    # AS112 and AMT (RFC 7534, RFC 7450): anycast of the infrastructure.
    ipaddress.ip_network("192.31.196.0/24"),
    ipaddress.ip_network("192.52.193.0/24"),
    ipaddress.ip_network("192.175.48.0/24"),
    ipaddress.ip_network("2620:4f:8000::/48"),
)


@dataclass(frozen=True)
class Destination:
    """The parts of a URL that passed."""

    scheme: str
    host: str
    port: int
    target: str
    """Path and query."""

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine by name, which only developers allow."""
        return self.host in _LOOPBACK

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        usual = {"https": 443, "http": 80}[self.scheme]
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == usual else f"{name}:{self.port}"


def destination_of(url: str) -> Destination:
    """Return the parts of a URL to which webhooks may go as far as one can tell from its text.

    Raises:
        UrlRefused: it is no such URL.
    """
    if len(url) > URL_LENGTH:
        raise UrlRefused(why=_("it is longer than {count} characters.").format(count=URL_LENGTH))
    if not _PRINTABLE.fullmatch(url):
        raise UrlRefused(
            why=_("it has spaces or characters that must be written as %… or in Punycode.")
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UrlRefused(why=_("it is not a URL. Write https://name/path.")) from None
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise UrlRefused(why=_("it has a user name or password. Leave it out: we sign messages."))
    if "#" in url:
        raise UrlRefused(why=_("it has a fragment, “#…”. Leave it out."))
    host = (parts.hostname or "").lower()
    if host in _LOOPBACK and settings.WEBHOOKS_ALLOW_LOOPBACK:
        return _found(parts, host, port)
    if parts.scheme != "https":
        raise UrlRefused(why=_("it does not begin with https://. Use an encrypted connection."))
    _refuse_what_is_no_name(host)
    if port is not None and port not in PORTS:
        raise UrlRefused(why=_("only the ports 443 and 8443 are possible."))
    return _found(parts, host, port)


def _found(parts: SplitResult, host: str, port: int | None) -> Destination:
    if parts.scheme not in {"http", "https"}:
        raise UrlRefused(why=_("it does not begin with https://. Use an encrypted connection."))
    usual = 443 if parts.scheme == "https" else 80
    query = f"?{parts.query}" if parts.query else ""
    return Destination(parts.scheme, host, port or usual, f"{parts.path or '/'}{query}")


def _refuse_what_is_no_name(host: str) -> None:
    labels = host.split(".")
    is_name = (
        len(host) <= _LONGEST_NAME
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
        and not _NUMBER.fullmatch(labels[-1])
    )
    if not is_name:
        raise UrlRefused(
            why=_(
                "it needs a full name of the internet, such as hooks.example.com, not an address."
            )
        )


def is_public(address: "Address") -> bool:
    """Tell whether an address belongs to the public internet, and to nothing else."""
    if address.version == _V6 and address not in _GLOBAL_V6:
        return False
    if any(address in network for network in _NOT_PUBLIC if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def checked(destination: Destination, found: Iterable[str]) -> str:
    """Return the first of the addresses that a name stands for; all of them must be public.

    Raises:
        UrlRefused: one of them is not, or there is none.
    """
    addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in found]
    if not addresses:
        raise UrlRefused(why=_("its name is not known to the name servers."))
    is_fine = all(
        address.is_loopback if destination.is_loopback else is_public(address)
        for address in addresses
    )
    if not is_fine:
        raise UrlRefused(why=_("its name stands for an address that is not public."))
    return str(addresses[0])


def look_up(destination: Destination) -> str:
    """Return the address to connect to, as the name server says at this moment.

    Raises:
        UrlRefused: it is not public, or the name server knows none.
    """
    try:
        answers = socket.getaddrinfo(
            destination.host, destination.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )
    except (OSError, UnicodeError):
        raise UrlRefused(why=_("its name is not known to the name servers.")) from None
    return checked(destination, (str(answer[4][0]) for answer in answers))
