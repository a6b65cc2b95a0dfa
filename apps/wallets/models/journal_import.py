"""Journals of other programs that come in as files."""

import zlib

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.wallets.states import IMPORT_LIFECYCLE, ImportAction, ImportStatus


class JournalImportQuerySet(models.QuerySet["JournalImport"]):
    """Questions about imports."""

    def locked(self, *, skip_locked: bool = False) -> "JournalImportQuerySet":
        """Lock the rows, by primary key; leave out those that somebody works on, if asked to."""
        return self.order_by("pk").select_for_update(of=("self",), skip_locked=skip_locked)

    def light(self) -> "JournalImportQuerySet":
        """Leave the files in the database."""
        return self.defer("content")


class JournalImport(models.Model):
    """A journal file: what it says, which account of ours each of its accounts is, what it became.

    The row is kept when the import is over. A file that was imported stays with it.
    """

    file_name = models.CharField(_("file"), max_length=254)
    sha256 = models.CharField(_("SHA-256"), max_length=64, help_text=_("of the file"))
    digest = models.CharField(
        _("digest"),
        max_length=64,
        help_text=_("of what the file says, whatever its separators, line ends and order of rows"),
    )
    content = models.BinaryField(help_text=_("the file, compressed; empty when discarded"))
    summary = models.JSONField(
        _("summary"), help_text=_("counts, days, totals, and what is posted on each account")
    )
    mapping = models.JSONField(
        _("mapping"), default=list, help_text=_("which account of ours each of its accounts is")
    )
    result = models.JSONField(_("result"), default=dict, help_text=_("what was posted"))
    status = models.CharField(
        _("status"), max_length=9, choices=ImportStatus, default=ImportStatus.UPLOADED
    )
    refusal = models.TextField(_("why it was refused"), blank=True)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), db_default=Now(), editable=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects = JournalImportQuerySet.as_manager()

    class Meta:
        db_table = "journal_imports"
        verbose_name = _("journal import")
        verbose_name_plural = _("journal imports")
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = (
            ("import_journal", "Can import journals"),
            ("export_journal", "Can export the journal"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=ImportStatus.values), name="journal_import_has_status"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=(ImportStatus.QUEUED, ImportStatus.DONE))
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="journal_import_is_confirmed",
            ),
            models.UniqueConstraint(
                fields=("digest",),
                condition=Q(status__in=(ImportStatus.QUEUED, ImportStatus.DONE)),
                name="journal_import_goes_in_once",
            ),
        )

    def __str__(self) -> str:
        return f"I-{self.pk}"

    @property
    def file(self) -> bytes:
        """The file as it was uploaded."""
        return zlib.decompress(bytes(self.content))

    @file.setter
    def file(self, content: bytes) -> None:
        self.content = zlib.compress(content)

    def move(self, action: ImportAction) -> None:
        """Set the status that follows `action`."""
        self.status = IMPORT_LIFECYCLE.after(action, ImportStatus(self.status))
