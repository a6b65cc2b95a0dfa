"""What the processes say about themselves: without secrets, whoever says it.

Every record of the process is made redacted, before any handler sees it: ours, Celery's, gunicorn's
and those of libraries are the same to it.
"""

import json
import logging
import logging.config
import re
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.views.debug import SafeExceptionReporterFilter

from apps.common.redaction import redacted


class RedactedRecord(logging.LogRecord):
    """A record whose message and traceback lack what must not be read in a log."""

    _traceback: str | None = None

    def getMessage(self) -> str:  # noqa: N802  (the library's name)
        """Return the message with its arguments, redacted."""
        return redacted(super().getMessage())

    @property
    def exc_text(self) -> str | None:
        """The traceback, as the first formatter wrote it."""
        return self._traceback

    @exc_text.setter
    def exc_text(self, text: str | None) -> None:
        self._traceback = redacted(text) if text else text


class JsonFormatter(logging.Formatter):
    """One line of JSON for each record, with the id that the request's audit events have too."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; what is unknown is left out."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if request_id := _request_id():
            line["request_id"] = request_id
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        if record.exc_text:
            line["exception"] = record.exc_text
        return json.dumps(line, ensure_ascii=False, default=str)


def _request_id() -> str:
    if not apps.models_ready:
        return ""
    # It needs the models, which exist only now.
    from apps.audit.context import current  # noqa: PLC0415

    here = current()
    return str(here.request_id) if here else ""


def configure(config: dict[str, Any]) -> None:
    """Set logging up as the settings say, and have every record redacted from now on."""
    logging.setLogRecordFactory(RedactedRecord)
    logging.config.dictConfig(config)


class ReporterFilter(SafeExceptionReporterFilter):
    """What a page or mail about an error shows: no secrets in settings, headers, forms, variables.

    Django hides the variables that a view has marked; this hides every one whose name or value
    looks like a secret, marked or not.
    """

    hidden_settings = re.compile(
        SafeExceptionReporterFilter.hidden_settings.pattern
        + "|COOKIE|IBAN|CODE|CREDENTIAL|FIELD_KEYS|OTP|SEED|DATABASE|REDIS|BROKER|CLAMD|EMAIL_URL"
        + "|CSRF|SESSION",
        flags=re.IGNORECASE,
    )

    def is_active(self, request: Any) -> bool:  # noqa: ARG002  (also while debugging)
        """Hide always."""
        return True

    def get_post_parameters(self, request: Any) -> Any:
        """Return what was sent, without the values whose names speak of secrets."""
        parameters = super().get_post_parameters(request)
        return {name: self.cleanse_setting(name, value) for name, value in parameters.items()}

    def get_traceback_frame_variables(self, request: Any, tb_frame: Any) -> Any:
        """Return the variables of a frame, without those that look like secrets."""
        shown = super().get_traceback_frame_variables(request, tb_frame)
        return [(name, self._cleansed(name, value)) for name, value in shown]

    def _cleansed(self, name: str, value: object) -> object:
        cleansed = self.cleanse_setting(name, value)
        return redacted(cleansed) if isinstance(cleansed, str) else cleansed
