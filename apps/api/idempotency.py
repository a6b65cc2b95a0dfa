"""One deed for one Idempotency-Key, also when two requests carry it at the same moment.

The key is inserted in the transaction of the deed. So of two at once the later waits at the unique
constraint until the first has committed, and then finds its answer; a deed that was refused or
died leaves no key behind. After draft-ietf-httpapi-idempotency-key-header.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.utils import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable

from apps.api.errors import (
    KEY_HEADER,
    AnswerLost,
    FieldsRefused,
    KeyInUse,
    KeyMissing,
    KeyReused,
)
from apps.api.models import KEY_LENGTH, KeptAnswer
from apps.api.problems import FieldProblem
from apps.api.request import ApiRequest
from apps.common.secret_text import is_lost

if TYPE_CHECKING:
    from django.db.models import QuerySet

KEPT_FOR = timedelta(hours=24)
_PATIENCE = "5s"
# One round trip: be patient for a while, take the key, and be as patient as before for the deed.
_CLAIM = """
WITH before AS MATERIALIZED (SELECT current_setting('lock_timeout') AS patience),
     patient AS MATERIALIZED (
       SELECT patience FROM before WHERE set_config('lock_timeout', %s, true) IS NOT NULL)
INSERT INTO api_kept_answers
       (program_id, person_id, key, fingerprint, kept_at, status, headers, body)
SELECT %s, %s, %s, %s, %s, 0, '{}', '' FROM patient
ON CONFLICT (program_id, person_id, key) DO NOTHING
RETURNING id, set_config('lock_timeout', (SELECT patience FROM patient), true)
"""
_KEPT_HEADERS = ("Content-Type", "ETag", "Location")


def once(request: ApiRequest, deed: Callable[[], HttpResponse]) -> HttpResponse:
    """Return the answer of `deed`, or the kept one when this key has done it before.

    Raises:
        KeyMissing: there is no header.
        KeyReused: the key belongs to another request.
        KeyInUse: the first request with it takes longer than one should wait.
    """
    key = _key_of(request)
    fingerprint = fingerprint_of(request)
    with transaction.atomic():
        if not _claim(request, key, fingerprint):
            return _replayed(_kept(request).filter(key=key).first(), fingerprint)
        answer = deed()
        _kept(request).filter(key=key).update(
            status=answer.status_code,
            headers={name: answer[name] for name in _KEPT_HEADERS if name in answer},
            body=answer.content.decode(),
        )
    return answer


def forget(*, now: datetime) -> int:
    """Delete the answers that nobody asks for again, and return how many."""
    count, _by_model = KeptAnswer.objects.filter(kept_at__lt=now - KEPT_FOR).delete()
    return count


def fingerprint_of(request: HttpRequest) -> bytes:
    """Return what tells one request from another: method, path, query, and all that it sends."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type == "multipart/form-data":
        for name, values in sorted(request.POST.lists()):
            digest.update(repr((name, values)).encode())
        for name, files in sorted(request.FILES.lists()):
            for file in files:
                content = hashlib.file_digest(file, "sha256").digest()
                file.seek(0)
                digest.update(repr((name, file.name)).encode() + content)
    else:
        digest.update(request.body)
    return digest.digest()


def ledger_key(request: ApiRequest) -> str:
    """Return the key under which the ledger keeps what this request moves, for ever.

    So that money moves once also when the same request comes again after its answer was forgotten.
    It is another one for another program, person or address.

    Raises:
        KeyMissing: there is no header.
    """
    text = f"{request.path}\n{_key_of(request)}"
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"api:{request.access.program.pk}:{request.user.pk}:{digest}"


def _key_of(request: HttpRequest) -> str:
    key = request.headers.get(KEY_HEADER, "").strip()
    if not key:
        raise KeyMissing
    if len(key) > KEY_LENGTH or not key.isprintable():
        raise FieldsRefused(
            [
                FieldProblem(
                    field=KEY_HEADER,
                    message=_("Send at most {most} printable characters.").format(most=KEY_LENGTH),
                )
            ]
        )
    return key


def _kept(request: ApiRequest) -> "QuerySet[KeptAnswer]":
    return KeptAnswer.objects.filter(program=request.access.program, person=request.user)


def _claim(request: ApiRequest, key: str, fingerprint: bytes) -> bool:
    """Tell whether the key is ours now; whoever came first and is not done yet is waited for."""
    values = (request.access.program.pk, request.user.pk, key, fingerprint, timezone.now())
    with connection.cursor() as cursor:
        try:
            cursor.execute(_CLAIM, (_PATIENCE, *values))
        except OperationalError as busy:
            if isinstance(busy.__cause__, LockNotAvailable):
                raise KeyInUse from None
            raise
        return cursor.fetchone() is not None


def _replayed(kept: KeptAnswer | None, fingerprint: bytes) -> HttpResponse:
    if kept is None:
        # Forgotten since the key was found taken; the next request has it to itself.
        raise KeyInUse
    if bytes(kept.fingerprint) != fingerprint:
        raise KeyReused
    if is_lost(kept, "body"):
        raise AnswerLost
    answer = HttpResponse(kept.body, status=kept.status)
    for name, value in kept.headers.items():
        answer[name] = value
    answer["Idempotency-Replayed"] = "true"
    return answer
