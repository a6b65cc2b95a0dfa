"""Register files, from preview to import."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class AssetImportQuerySet(models.QuerySet["AssetImport"]):
    """Questions about imports."""

    def locked(self) -> "AssetImportQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class AssetImport(models.Model):
    """A register file, from its preview to its import, which happens once."""

    key = models.UUIDField(unique=True, default=uuid4, editable=False)
    source = models.CharField(_("source"), max_length=12)
    file_name = models.CharField(_("file"), max_length=254)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    content = models.BinaryField()
    choices = models.JSONField(help_text=_("what holds where the file says nothing"))
    preview = models.CharField(
        max_length=64, help_text=_("digest of what the clerk saw before confirming")
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("imported by"),
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), db_default=Now(), editable=False)
    imported_at = models.DateTimeField(_("imported at"), null=True, blank=True, editable=False)

    objects = AssetImportQuerySet.as_manager()

    class Meta:
        db_table = "asset_imports"
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-id",)
        default_permissions = ()

    def __str__(self) -> str:
        return self.file_name
