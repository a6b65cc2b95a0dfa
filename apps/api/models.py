"""Answers that are kept, so that the same request sent again does its deed once."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.common.secret_text import SecretTextField

KEY_LENGTH = 255


class KeptAnswer(models.Model):
    """The answer to the first request with an idempotency key, written with its deed."""

    program = models.ForeignKey(
        "programs.Program", models.PROTECT, related_name="+", verbose_name=_("program")
    )
    person = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", verbose_name=_("person")
    )
    key = models.CharField(_("idempotency key"), max_length=KEY_LENGTH)
    fingerprint = models.BinaryField(_("fingerprint of the request"), max_length=32)
    status = models.PositiveSmallIntegerField(_("status"), default=0)
    headers = models.JSONField(_("headers"), default=dict)
    # Some answers show a secret, this once.
    body = SecretTextField(_("answer"), default="")
    kept_at = models.DateTimeField(_("kept at"), auto_now_add=True)

    class Meta:
        db_table = "api_kept_answers"
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("program", "person", "key"), name="kept_answer_is_one_per_key"
            ),
            models.CheckConstraint(condition=~Q(key=""), name="kept_answer_has_key"),
        ]
        indexes: ClassVar = [models.Index(fields=("kept_at",), name="kept_answer_age")]

    def __str__(self) -> str:
        return self.key
