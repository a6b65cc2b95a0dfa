"""Where webhooks may go, and where nobody gets us to go."""

import pytest
from pytest_django import Settings

from apps.accounts.models import User
from apps.webhooks import addresses, sending
from apps.webhooks.errors import UrlRefused
from apps.webhooks.models import Attempt, Subscription
from apps.webhooks.tests.conftest import Answers, Receiver, Subscribe, message
from apps.webhooks.tests.tls import PUBLIC

NO_DESTINATIONS = [
    *("", "hooks.example.com", "//hooks.example.com", "https://", "https:///path"),
    *("http://hooks.example.com", "ftp://hooks.example.com", "file:///etc/passwd"),
    *("gopher://hooks.example.com", "javascript:alert(1)", "HTTPS:hooks.example.com"),
    *("https://user@hooks.example.com", "https://u:p@hooks.example.com", "https://@a.example"),
    "https://hooks.example.com@127.0.0.1/",
    *("https://hooks.example.com/#x", "https://hooks.example.com#", "https://a.example/ x"),
    *("https://a.example/\r\nX: y", "https://a.example\\@b.example", "https://bücher.example"),
    "https://hooks.example.com/\x00",
    # This machine, written in every way that some program reads.
    *("https://localhost", "https://127.0.0.1", "https://[::1]", "https://127.1"),
    *("https://2130706433", "https://0x7f000001", "https://0177.0.0.1", "https://0x7f.1"),
    *("https://017700000001", "https://127.0.0.1.", "https://0", "https://127.0.0.0x1"),
    *("https://[::ffff:127.0.0.1]", "https://[::ffff:7f00:1]", "https://[fe80::1%25eth0]"),
    *("https://169.254.169.254/latest/meta-data", "https://8.8.8.8", "https://[2606:4700::1]"),
    *("https://１２７.0.0.1", "https://①②⑦.0.0.1", "https://127。0。0。1"),
    *("https://intranet", "https://metadata.", "https://a..example", "https://-a.example"),
    *("https://a_b.example", "https://%6cocalhost", "https://*.example.com"),
    f"https://{'a' * 64}.example",
    f"https://{'a.' * 130}example",
    f"https://a.example/{'x' * 500}",
    *("https://a.example:22", "https://a.example:80", "https://a.example:6379"),
    *("https://a.example:0", "https://a.example:99999", "https://a.example:x"),
    *("https://[", "https://[::1", "https://a.example:44３"),
]
NOT_PUBLIC = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254"),  # noqa: S104
    *("127.0.0.1", "127.255.255.254", "169.254.0.1", "169.254.169.254", "172.16.0.1"),
    *("172.31.255.254", "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.0.1"),
    *("192.31.196.1", "192.52.193.1", "192.175.48.1", "198.18.0.1", "198.51.100.1"),
    *("203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    # IPv6: unspecified, loopback, compatible, mapped, translated, NAT64, discard, Teredo,
    # ORCHID, documentation, 6to4, segment routing, local, link-local, site-local, multicast.
    *("::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
    *("::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808"),
    *("64:ff9b:1::a00:1", "100::1", "2001::1", "2001:20::1", "2001:db8::1", "3fff::1"),
    *("2002:7f00:1::", "2002:808:808::1", "2620:4f:8000::1", "5f00::1", "fc00::1"),
    *("fd12:3456::1", "fd00:ec2::254", "fe80::1", "fe80::1%2", "fec0::1", "ff02::1", "ff0e::1"),
]


@pytest.fixture(autouse=True)
def as_in_production(settings: Settings) -> None:
    settings.WEBHOOKS_ALLOW_LOOPBACK = False


@pytest.mark.parametrize(
    ("url", "authority", "target"),
    [
        ("https://hooks.example.com", "hooks.example.com", "/"),
        ("https://HOOKS.example.com:443/a?b=c", "hooks.example.com", "/a?b=c"),
        ("https://xn--bcher-kva.example:8443/%20x", "xn--bcher-kva.example:8443", "/%20x"),
    ],
)
def test_a_name_of_the_internet_is_fine(url: str, authority: str, target: str) -> None:
    destination = addresses.destination_of(url)
    assert (destination.authority, destination.target) == (authority, target)


@pytest.mark.parametrize("url", NO_DESTINATIONS)
def test_anything_else_is_refused_by_its_text(url: str) -> None:
    with pytest.raises(UrlRefused) as refusal:
        addresses.destination_of(url)
    assert refusal.value.message.startswith("“URL” cannot be used: ")


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_name_that_stands_for_what_is_not_public_is_refused(address: str, names: Answers) -> None:
    destination = addresses.destination_of("https://hooks.example.com")
    for answer in ([address], [PUBLIC, address], [address, PUBLIC]):
        with pytest.raises(UrlRefused, match="not public"):
            addresses.checked(destination, answer)
    names([address])
    with pytest.raises(UrlRefused, match="not public"):
        addresses.look_up(destination)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_public_addresses_are_fine(address: str, names: Answers) -> None:
    names([address])
    assert addresses.look_up(addresses.destination_of("https://hooks.example.com")) == address


def test_a_name_that_nobody_knows_is_refused(names: Answers) -> None:
    names([])
    with pytest.raises(UrlRefused, match="not known"):
        addresses.look_up(addresses.destination_of("https://hooks.example.com"))
    with pytest.raises(UrlRefused, match="not known"):
        addresses.checked(addresses.destination_of("https://hooks.example.com"), [])


def test_developers_may_call_their_own_machine_and_nothing_else_inside(
    settings: Settings, names: Answers
) -> None:
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    assert addresses.destination_of("http://[::1]:8001/x").authority == "[::1]:8001"
    assert addresses.destination_of("https://localhost/x").authority == "localhost"
    here = addresses.destination_of("http://localhost:8001")
    names(["127.0.0.1"], ["10.0.0.1"], ["127.0.0.1"])
    assert addresses.look_up(here) == "127.0.0.1"
    with pytest.raises(UrlRefused, match="not public"):
        addresses.look_up(here)
    with pytest.raises(UrlRefused, match="not public"):
        addresses.look_up(addresses.destination_of("https://hooks.example.com"))
    for url in ("http://10.0.0.1", "http://hooks.example.com", "ftp://localhost"):
        with pytest.raises(UrlRefused):
            addresses.destination_of(url)


@pytest.mark.django_db
def test_it_is_refused_at_subscription(
    names: Answers, clara: User, subscribe: Subscribe, settings: Settings
) -> None:
    names(["10.0.0.1"])
    with pytest.raises(UrlRefused, match="not public"):
        subscribe(url="https://hooks.example.com")
    with pytest.raises(UrlRefused, match="https"):
        subscribe()
    assert not Subscription.objects.exists()


@pytest.mark.django_db
def test_a_name_that_becomes_private_after_subscription_is_not_called(
    names: Answers, subscribe: Subscribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.webhooks import delivery, rights  # noqa: PLC0415

    asked = names([PUBLIC], ["127.0.0.1"])
    subscription = subscribe(url="https://hooks.example.com")
    message(subscription)
    monkeypatch.setattr(rights, "may_learn", lambda *_arguments: True)
    delivery.deliver(subscription.pk)
    (attempt,) = Attempt.objects.all()
    assert "not public" in attempt.error
    assert attempt.status_code is None
    assert asked == ["hooks.example.com", "hooks.example.com"]


def test_the_connection_goes_to_the_address_that_was_looked_at(
    receiver: Receiver, names: Answers, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """The name server would answer otherwise the second time, and is not asked."""
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    asked = names(["127.0.0.1"], ["10.255.255.1"])
    url = receiver.url.replace("127.0.0.1", "localhost")
    answer = sending.send(url, "{}", {})
    assert (answer.status_code, answer.error) == (200, "")
    # The client asks about the address only, to find out what kind it is.
    assert [host for host in asked if host != "127.0.0.1"] == ["localhost"]
    assert receiver.got[0].headers["host"] == url.split("/")[2]


def test_a_redirect_is_not_followed(receiver: Receiver, settings: Settings) -> None:
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    for code in (301, 302, 307, 308):
        receiver.answers = [code]
        receiver.headers = {"location": "http://169.254.169.254/latest/meta-data/"}
        answer = sending.send(receiver.url, "{}", {})
        assert answer.status_code == code
        assert "redirects are not followed" in answer.error
    assert len(receiver.got) == 4


def test_proxies_of_the_surroundings_are_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert sending.send(receiver.url, "{}", {}).status_code == 200
