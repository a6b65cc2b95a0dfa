"""How programs get tokens, what they are, and how a consent ends."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Grant(models.TextChoices):
    """How a program comes to its tokens; the toolkit’s own words, of which we allow two."""

    AUTHORIZATION_CODE = "authorization-code", _("for the people who let it in")
    CLIENT_CREDENTIALS = "client-credentials", _("by itself, as an account of its own")


class Kind(models.TextChoices):
    """Whether a program can keep a secret."""

    CONFIDENTIAL = "confidential", _("runs on a server and keeps a secret")
    PUBLIC = "public", _("runs with the person and keeps no secret")


class Ending(models.TextChoices):
    """Why a consent ended before its time."""

    WITHDRAWN = "withdrawn", _("withdrawn by the person")
    RETURNED = "returned", _("given back by the program")
    REVOKED = "revoked", _("revoked by an administrator")
    REPLAYED = "replayed", _("the code came twice")
    REUSED = "reused", _("a refresh token came twice")
    EXPIRED = "expired", _("its time was over")
    BARRED = "barred", _("the person was deactivated")
    SIGNED_OUT = "signed-out", _("the person was signed out everywhere")
