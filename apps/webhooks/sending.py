"""Sending one message: to the address that was looked at, once, within a time, and no further.

The client gets an address instead of a name, and the name for TLS and the Host header beside it. It
follows no redirect and reads no proxy, cookie or password from its surroundings.
"""

import asyncio
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import httpx
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.webhooks import addresses, failures, waiting
from apps.webhooks.errors import UrlRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT = 15.0
"""Seconds for all of it, from the question to the name server to the end of the answer."""
RESPONSE_BYTES = 1024
_SUCCESS = range(200, 300)
_REDIRECT = range(300, 400)
_ERROR_LENGTH = 254


@dataclass(frozen=True)
class Answer:
    """What came of one attempt; without `error` the receiver has taken the message."""

    status_code: int | None
    duration_ms: int
    error: str = ""
    response: str = ""
    retry_after: timedelta | None = None
    """How long the receiver asks us to wait."""
    is_unsigned: bool = False
    """Whether nothing was sent, because nothing could be signed."""


@dataclass(frozen=True)
class _Reply:
    status_code: int
    beginning: bytes
    retry_after: timedelta | None


def send(url: str, body: str, headers: "Mapping[str, str]") -> Answer:
    """Post the message and return what came of it, whatever that is."""
    began = time.monotonic()
    reply, error = None, ""
    try:
        # In a thread of its own, because whoever calls may run a loop already.
        with ThreadPoolExecutor(1) as thread:
            posting = thread.submit(lambda: asyncio.run(_post(url, body.encode(), headers)))
            reply = posting.result()
        error = _error_of(reply.status_code)
    except UrlRefused as refusal:
        error = refusal.message
    except TimeoutError:
        error = _("No answer within {seconds} seconds.").format(seconds=int(TIMEOUT))
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as failure:
        error = failures.sentence_of(failure)
    duration_ms = int((time.monotonic() - began) * 1000)
    error = error.replace("\x00", "")[:_ERROR_LENGTH]
    if reply is None:
        return Answer(None, duration_ms, error)
    text = reply.beginning.decode(errors="replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return Answer(reply.status_code, duration_ms, error, text, reply.retry_after)


def _error_of(status_code: int) -> str:
    if status_code in _SUCCESS:
        return ""
    if status_code in _REDIRECT:
        return _("Answered {code}: redirects are not followed. Correct the URL.").format(
            code=status_code
        )
    return _("Answered {code}.").format(code=status_code)


async def _post(url: str, body: bytes, headers: "Mapping[str, str]") -> _Reply:
    async with asyncio.timeout(TIMEOUT):
        destination = addresses.destination_of(url)
        address = await asyncio.to_thread(addresses.look_up, destination)
        literal = f"[{address}]" if ":" in address else address
        # The time for all of it ends sooner than that for one step of it.
        client = httpx.AsyncClient(
            verify=_tls(), trust_env=False, follow_redirects=False, timeout=2 * TIMEOUT
        )
        async with (
            client,
            client.stream(
                "POST",
                f"{destination.scheme}://{literal}:{destination.port}{destination.target}",
                content=body,
                headers={
                    **headers,
                    "host": destination.authority,
                    "content-type": "application/json",
                    "user-agent": "Assets-Webhooks/1",
                    "accept": "*/*",
                    # What is kept of the answer is read as it comes.
                    "accept-encoding": "identity",
                },
                extensions={"sni_hostname": destination.host},
            ) as response,
        ):
            asked = waiting.asked_for(response.status_code, response.headers, now=timezone.now())
            return _Reply(response.status_code, await _beginning_of(response), asked)


async def _beginning_of(response: httpx.Response) -> bytes:
    content = b""
    async for piece in response.aiter_raw(RESPONSE_BYTES):
        content += piece
        if len(content) >= RESPONSE_BYTES:
            break
    return content[:RESPONSE_BYTES]


@cache
def _tls() -> ssl.SSLContext:
    """Return what makes sure of the receiver’s name; made once, as it reads all authorities."""
    context = httpx.create_ssl_context(trust_env=False)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
