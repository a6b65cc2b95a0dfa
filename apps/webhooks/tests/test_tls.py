"""Over TLS, to a receiver with a certificate: who is let in, and for how long."""

import gzip
import ssl
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from apps.webhooks import delivery, sending
from apps.webhooks.catalogue import TEST
from apps.webhooks.errors import UrlRefused
from apps.webhooks.models import Attempt, Subscription
from apps.webhooks.tests.conftest import Answers, Subscribe, message
from apps.webhooks.tests.test_addresses import NO_DESTINATIONS, NOT_PUBLIC
from apps.webhooks.tests.tls import NAME, PUBLIC, URL, Authority, TlsReceiver

PUBLIC_V6 = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"


@pytest.fixture(autouse=True)
def as_in_production(settings: Settings, names: Answers) -> None:
    settings.WEBHOOKS_ALLOW_LOOPBACK = False
    names([PUBLIC])


@pytest.fixture
def running(tls_receiver: TlsReceiver, authority: Authority, tmp_path: Path) -> TlsReceiver:
    tls_receiver.start(authority.give(tmp_path, NAME))
    return tls_receiver


@pytest.mark.parametrize("address", [PUBLIC, PUBLIC_V6])
@pytest.mark.parametrize("port", ["", ":8443"])
def test_the_name_is_asked_for_and_checked_although_the_address_is_called(
    running: TlsReceiver, names: Answers, address: str, port: str
) -> None:
    asked = names([address])
    answer = sending.send(f"https://{NAME}{port}/in?for=us", "{}", {"webhook-id": "msg_1"})
    assert (answer.status_code, answer.error, answer.response) == (200, "", "ok")
    assert running.connections == [(address, int(port[1:] or 443))]
    assert running.names == [NAME]
    assert asked.count(NAME) == 1
    head = running.requests[0].decode().lower()
    assert head.startswith("post /in?for=us http/1.1\r\n")
    assert f"\r\nhost: {NAME}{port}\r\n" in head
    assert address not in head


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("other.example.com", {}, "is for another name"),
        ("*.hooks.example.com", {}, "is for another name"),
        (PUBLIC, {}, "is for another name"),
        (NAME, {"ends": timedelta(days=-1)}, "has expired. Renew it."),
        (NAME, {"begins": timedelta(days=1)}, "is not valid yet"),
        (NAME, {"is_self_signed": True}, "is signed by itself"),
    ],
)
def test_another_certificate_is_refused_and_the_log_says_why(
    tls_receiver: TlsReceiver,
    authority: Authority,
    tmp_path: Path,
    name: str,
    options: dict[str, Any],
    sentence: str,
) -> None:
    tls_receiver.start(authority.give(tmp_path, name, **options))
    answer = sending.send(URL, "{}", {})
    assert answer.status_code is None
    assert sentence in answer.error
    assert answer.error.startswith("The receiver’s certificate ")
    assert tls_receiver.requests == []


def test_an_authority_that_nobody_knows_is_refused(
    tls_receiver: TlsReceiver, tmp_path: Path
) -> None:
    tls_receiver.start(Authority().give(tmp_path, NAME))
    assert "Who signed the receiver’s certificate is not known" in sending.send(URL, "{}", {}).error
    assert tls_receiver.requests == []


def test_old_versions_of_tls_and_plain_http_are_refused(
    tls_receiver: TlsReceiver, authority: Authority, tmp_path: Path
) -> None:
    tls_receiver.context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        tls_receiver.context.maximum_version = ssl.TLSVersion.TLSv1_1
    tls_receiver.start(authority.give(tmp_path, NAME))
    assert sending.send(URL, "{}", {}).error.startswith("No encrypted connection comes about")
    assert tls_receiver.requests == []


def test_a_redirect_is_not_followed_over_tls(running: TlsReceiver) -> None:
    running.answer = lambda connection: connection.sendall(
        b"HTTP/1.1 307 Go\r\nlocation: https://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"
    )
    answer = sending.send(URL, "{}", {})
    assert (answer.status_code, len(running.connections)) == (307, 1)
    assert "redirects are not followed" in answer.error


DRIPS = {
    "head": b"HTTP/1.1 200 OK\r\nx-slow: ",
    "body": b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n",
    "nothing": b"",
    "between": b"HTTP/1.1 100 Continue\r\n\r\n",
}


@pytest.mark.parametrize("part", DRIPS)
def test_a_receiver_that_drips_is_cut_off_in_time(
    running: TlsReceiver, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TIMEOUT", 0.4)
    pause = threading.Event()

    def drip(connection: ssl.SSLSocket) -> None:
        connection.sendall(DRIPS[part])
        while not running.is_over.is_set():
            connection.sendall(
                DRIPS["between"] if part == "between" else b"x" * (part != "nothing")
            )
            pause.wait(0.02)

    running.answer = drip
    answer = sending.send(URL, "{}", {})
    assert answer.status_code is None
    assert answer.error.startswith("No answer within")
    assert 300 <= answer.duration_ms < 3000


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nx-long: "])
def test_an_answer_without_end_is_cut_off(running: TlsReceiver, head: bytes) -> None:
    sent = 0

    def pour(connection: ssl.SSLSocket) -> None:
        nonlocal sent
        connection.sendall(head)
        while not running.is_over.is_set():
            connection.sendall(b"x" * 65536)
            sent += 65536

    running.answer = pour
    answer = sending.send(URL, "{}", {})
    running.stop()
    assert sent < 16_000_000
    if answer.status_code == 200:
        assert answer.response == "x" * sending.RESPONSE_BYTES
    else:
        assert answer.error.startswith("The receiver does not answer in HTTP: ")
    assert answer.duration_ms < 5000


def test_a_bomb_is_kept_as_it_came_and_not_unpacked(running: TlsReceiver) -> None:
    bomb = gzip.compress(b"0" * 5_000_000)
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {len(bomb)}\r\n\r\n"
    running.answer = lambda connection: connection.sendall(head.encode() + bomb)
    answer = sending.send(URL, "{}", {})
    assert answer.status_code == 200
    assert len(answer.response) <= sending.RESPONSE_BYTES
    assert "000" not in answer.response
    assert b"accept-encoding: identity" in running.requests[0].lower()


def test_no_header_can_be_smuggled_in(running: TlsReceiver) -> None:
    for name in ("x-a\r\nhost", "x a", ""):
        assert sending.send(URL, "{}", {name: "b"}).error
    for value in ("a\r\nx-b: c", "a\nx-b: c", "a\x00"):
        assert sending.send(URL, "{}", {"webhook-id": value}).error
    assert not [request for request in running.requests if b"x-b" in request]
    assert sending.send(URL, "{}", {}).error == ""


@pytest.mark.django_db
def test_what_is_no_destination_is_refused_at_subscription_and_never_called(
    subscribe: Subscribe, running: TlsReceiver
) -> None:
    subscription = subscribe(url=URL)
    for url in NO_DESTINATIONS:
        with pytest.raises(UrlRefused):
            subscribe(url=url)
        answer = sending.send(url, "{}", {})
        assert answer.error.startswith("“URL” cannot be used: "), url
    assert list(Subscription.objects.all()) == [subscription]
    assert running.connections == []


@pytest.mark.django_db
def test_what_is_not_public_is_refused_at_subscription_and_never_called(
    subscribe: Subscribe, running: TlsReceiver, names: Answers
) -> None:
    subscription = subscribe(url=URL)
    for address in NOT_PUBLIC:
        names([address])
        with pytest.raises(UrlRefused):
            subscribe(url=URL)
        # Public when it was subscribed to, and no longer.
        assert "not public" in sending.send(URL, "{}", {}).error, address
    message(subscription, TEST)
    delivery.deliver(subscription.pk)
    assert "not public" in Attempt.objects.get().error
    assert running.connections == []
    names([PUBLIC], ["127.0.0.1"])
    assert sending.send(URL, "{}", {}).error == ""
    assert running.connections == [(PUBLIC, 443)]
