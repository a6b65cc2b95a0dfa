"""Open loans of another system, as a file: from its preview to its import, which happens once."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class LoanImportQuerySet(models.QuerySet["LoanImport"]):
    """Questions about imports of loans."""

    def locked(self) -> "LoanImportQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class LoanImport(models.Model):
    """A file of open loans, with what each of its rows became or would become."""

    file_name = models.CharField(_("file"), max_length=150)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    content = models.BinaryField()
    choices = models.JSONField(help_text=_("what holds where the file says nothing"))
    report = models.JSONField(_("report"), help_text=_("one entry for each row of the file"))
    digest = models.CharField(max_length=64, help_text=_("of the report that was confirmed"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), db_default=Now(), editable=False)
    imported_at = models.DateTimeField(_("imported at"), null=True, blank=True, editable=False)

    objects = LoanImportQuerySet.as_manager()

    class Meta:
        db_table = "loan_imports"
        verbose_name = _("import of loans")
        verbose_name_plural = _("imports of loans")
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = (("import_loan", "Can import open loans of another system"),)
        constraints = (
            models.UniqueConstraint(
                fields=("sha256",),
                condition=Q(imported_at__isnull=False),
                name="loan_import_goes_in_once",
            ),
        )

    def __str__(self) -> str:
        return self.file_name
