"""Nothing secret is read in a log, whoever wrote it, nor in a report about an error."""

import io
import json
import logging
import sys
import uuid

import pytest
from celery import shared_task
from django.conf import settings
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from apps.audit.context import Origin, coming_from
from apps.common.redaction import REMOVED, redacted
from project.logs import JsonFormatter, RedactedRecord

JWT = "eyJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl"
SECRETS = {
    "Authorization: Bearer abcdef0123456789": "abcdef0123456789",
    "{'Authorization': 'Basic Y2xpZW50OnNlY3JldA=='}": "Y2xpZW50OnNlY3JldA==",
    "sent with bearer abcdef0123456789": "abcdef0123456789",
    "Cookie: __Host-session=k3v9x; __Host-csrf=zzzz": "k3v9x",
    "{'HTTP_COOKIE': '__Host-session=k3v9x'}": "k3v9x",
    "set-cookie: sessionid=k3v9x; Secure": "k3v9x",
    f"got {JWT} from there": JWT,
    "signed with whsec_C2FtcGxlLXNlY3JldA==": "C2FtcGxlLXNlY3JldA",
    "password=hunter2-hunter2&x=1": "hunter2",
    "{'password1': 'correct horse battery', 'x': 1}": "horse",
    '{"client_secret": "s3cr3t-value"}': "s3cr3t-value",
    "client_secret=s3cr3t-value": "s3cr3t-value",
    "grant_type=refresh_token&refresh_token=rt-12345": "rt-12345",
    "GET /callback?code=Kq3uYs9dLw&state=abcdefgh": "Kq3uYs9dLw",
    "code_verifier: dBjftJeZ4CVP": "dBjftJeZ4CVP",
    "otpauth://totp/Assets?secret=JBSWY3DPEHPK3PXP": "JBSWY3DPEHPK3PXP",
    "{'recovery_codes': ['11112222', '33334444']}": "33334444",
    "paid to AT61 1904 3002 3457 3201": "3002",
    "paid to DE89370400440532013000.": "370400440532013000",
    "postgres://assets_app:p%40ss-word@db:5432/assets": "p%40ss-word",
    "redis://:verysecret@redis:6379/0": "verysecret",
    "Not Found: /accounts/password/choose/c2Vjcm0-x/": "c2Vjcm0-x",
    "Not Found: /mail/Password/Choose/c2Vjcm0-x/": "c2Vjcm0-x",
    "-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----": "MIGHAgEA",
    f"the key is {settings.SECRET_KEY}": settings.SECRET_KEY,
}
# Apart from the test, because a report shows the lines of code that led to it.
FORM = {"login": "clara", "password": "pa55-word-of-clara", "iban": "AT611904300234573201"}
HEADERS = {"Authorization": "Bearer abcdef0123456789", "Cookie": "__Host-session=k3v9x"}
HARMLESS = (
    "wallets.adjust denied to 7: You may not do this.",
    "“GOODWILL” needs evidence; reason code=GOODW",
    "T-1042 posted 2026-11-26T06:47:05+00:00 for LS-000123",
    "GET /admin/tickets/ticket/?q=camera 200",
    "5f0c9a3e-5c1b-4b7e-9d2f-1f6f4b0f9a11",
    "http://127.0.0.1:8000/admin/",
)


class Failed(Exception):
    """Something outside said no, and repeated what it was told."""


def fail(text: str) -> None:
    raise Failed(text)


@shared_task  # type: ignore[untyped-decorator]  # the library’s
def forgets_to_be_careful(secret: str) -> None:
    raise Failed(f"refused: client_secret={secret}")


@pytest.fixture
def log() -> "io.StringIO":
    return io.StringIO()


@pytest.fixture
def logger(log: "io.StringIO", monkeypatch: pytest.MonkeyPatch) -> logging.Logger:
    """Return a logger with a handler of a library's, which knows nothing of us."""
    made = logging.getLogger("a.library")
    monkeypatch.setattr(made, "handlers", [logging.StreamHandler(log)])
    return made


@pytest.mark.parametrize("text", SECRETS)
def test_what_is_secret_is_taken_out(text: str) -> None:
    assert SECRETS[text] not in redacted(text)
    assert REMOVED in redacted(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_not_stays(text: str) -> None:
    assert redacted(text) == text


def test_a_record_of_anybody_is_redacted(logger: logging.Logger, log: "io.StringIO") -> None:
    logger.warning("answered %s with %r", "Bearer abcdef0123456789", {"password": "hunter2"})

    assert log.getvalue().count(REMOVED) == 2
    assert "abcdef0123456789" not in log.getvalue()
    assert "hunter2" not in log.getvalue()


def test_so_is_a_traceback(logger: logging.Logger, log: "io.StringIO") -> None:
    try:
        fail(f"refused {JWT} of postgres://assets:pass-word@db/assets")
    except Failed:
        logger.exception("it failed")

    assert "Traceback" in log.getvalue()
    assert JWT not in log.getvalue()
    assert "pass-word" not in log.getvalue()


def test_the_whole_process_makes_such_records() -> None:
    assert logging.getLogRecordFactory() is RedactedRecord
    for name in ("celery.app.trace", "gunicorn.error", "django.request"):
        record = logging.getLogger(name).makeRecord(name, 30, "", 0, "token=abc123", (), None)
        assert record.getMessage() == f"token={REMOVED}"


def test_a_task_that_fails_tells_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        forgets_to_be_careful.apply(args=["hush-hush"])

    told = caplog.text
    assert "Failed" in told
    assert "client_secret=hush-hush" not in told
    assert f"client_secret={REMOVED}" in told


def test_in_production_a_line_is_json_with_the_request() -> None:
    record = RedactedRecord("x", logging.ERROR, "", 1, "no %s", ("password=abc",), None)
    here = Origin(request_id=uuid.UUID(int=5))
    with coming_from(here):
        line = json.loads(JsonFormatter().format(record))

    assert line["message"] == f"no password={REMOVED}"
    assert line["request_id"] == str(here.request_id)
    assert (line["level"], line["logger"]) == ("ERROR", "x")


def test_the_json_line_has_the_traceback_redacted() -> None:
    try:
        fail("Cookie: __Host-session=k3v9x")
    except Failed:
        record = RedactedRecord("x", logging.ERROR, "", 1, "no", (), sys.exc_info())
    line = json.loads(JsonFormatter().format(record))

    assert "Failed" in line["exception"]
    assert "k3v9x" not in line["exception"]


def test_a_report_about_an_error_hides_what_looks_secret() -> None:
    request = RequestFactory().post("/accounts/login/", FORM, headers=HEADERS)

    def fails(client_secret: str, answer: str) -> None:
        raise Failed(client_secret[:0] + answer[:0])

    try:
        fails("s3cr3t-value", "password=hunter2")
    except Failed:
        reporter = ExceptionReporter(request, *sys.exc_info())
    text = reporter.get_traceback_text()
    variables = dict(reporter.get_traceback_frames()[-1]["vars"])

    for secret in ("pa55-word-of-clara", "AT611904300234573201", "abcdef0123456789", "k3v9x"):
        assert secret not in text
    assert "clara" in text
    assert "s3cr3t-value" not in variables["client_secret"]
    assert "hunter2" not in variables["answer"]
