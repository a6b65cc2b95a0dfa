"""A request: the question whether something may happen, and whom it concerns."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.approvals.models.policy import Policy
from apps.approvals.models.trust import TrustedPerson
from apps.approvals.states import LIFECYCLE, Action, Status

if TYPE_CHECKING:
    from apps.accounts.models import User


class RequestQuerySet(models.QuerySet["ApprovalRequest"]):
    """Questions about requests."""

    def visible_to(self, person: "User") -> "RequestQuerySet":
        """Keep what a person asked for, or all for those who may view requests."""
        if person.has_perm("approvals.view_approvalrequest"):
            return self
        return self.filter(requester=person)

    def waiting(self) -> "RequestQuerySet":
        """Keep those on which somebody still has to decide."""
        return self.filter(status=Status.PENDING)

    def locked(self) -> "RequestQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class ApprovalRequest(models.Model):
    """The question whether something may happen, with the policy as it was when it was asked."""

    scope = models.CharField(_("scope"), max_length=20)
    subject_type = models.ForeignKey("contenttypes.ContentType", models.PROTECT, related_name="+")
    subject_id = models.BigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    title = models.CharField(_("what"), max_length=254)
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.BigIntegerField(_("amount"), help_text=_("minor units"))
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="+", verbose_name=_("policy"))
    levels = models.JSONField(
        _("levels then"),
        help_text=_("the policy’s levels at that moment: number, role, decider_count"),
    )
    level = models.PositiveSmallIntegerField(_("level"), default=1)
    role = models.ForeignKey(
        "auth.Group",
        models.PROTECT,
        related_name="+",
        verbose_name=_("waits for"),
        help_text=_("the role of the current level"),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.PENDING, editable=False
    )
    requested_at = models.DateTimeField(_("requested at"), db_default=Now(), editable=False)
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    concluded_at = models.DateTimeField(_("concluded at"), null=True, blank=True, editable=False)
    why = models.TextField(
        _("why this policy"), blank=True, editable=False, help_text=_("in a sentence")
    )
    why_facts = models.JSONField(
        _("what the policy was chosen by"), default=dict, blank=True, editable=False
    )
    facts = models.JSONField(
        _("what was asked"), default=dict, blank=True, editable=False, help_text=_("by its names")
    )
    changes = models.JSONField(
        _("what changed since it was sent back"),
        default=list,
        blank=True,
        editable=False,
        help_text=_("name, was, is"),
    )
    terms = models.JSONField(
        _("approved only"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("what is left of what was asked; empty: all of it"),
    )

    remind_at = models.DateTimeField(_("remind at"), null=True, blank=True, editable=False)
    escalate_at = models.DateTimeField(_("escalate at"), null=True, blank=True, editable=False)
    automatic_for = models.ForeignKey(
        TrustedPerson,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("approved automatically for"),
    )

    objects = RequestQuerySet.as_manager()

    class Meta:
        db_table = "approval_requests"
        verbose_name = _("approval request")
        verbose_name_plural = _("approval requests")
        ordering = ("requested_at", "pk")
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="approval_request_has_status"
            ),
            models.CheckConstraint(
                condition=Q(status=Status.PENDING, concluded_at__isnull=True)
                | (~Q(status=Status.PENDING) & Q(concluded_at__isnull=False)),
                name="approval_request_concluded_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(automatic_for__isnull=True) | Q(status=Status.APPROVED),
                name="approval_request_automatic_is_approved",
            ),
            models.UniqueConstraint(
                fields=("subject_type", "subject_id"),
                condition=Q(status=Status.PENDING),
                name="approval_request_one_open_each",
            ),
        )
        indexes = (
            models.Index(
                fields=("role", "requested_at"),
                condition=Q(status="pending"),
                name="approval_request_waiting",
            ),
            models.Index(
                fields=("remind_at",),
                condition=Q(status="pending", remind_at__isnull=False),
                name="approval_request_to_remind",
            ),
            models.Index(
                fields=("escalate_at",),
                condition=Q(status="pending", escalate_at__isnull=False),
                name="approval_request_to_escalate",
            ),
            models.Index(fields=("subject_type", "subject_id"), name="approval_request_by_subject"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def asks_for_step_up(self) -> bool:
        """Tell whether who approves must have shown a moment ago who they are.

        The policy says so as it is now: what was made stricter holds for what waits too.
        """
        limit = self.policy.step_up_amount
        return limit is not None and self.amount >= limit

    def move(self, action: Action) -> None:
        """Set the status that follows `action`."""
        self.status = LIFECYCLE.after(action, Status(self.status))


class InterestedParty(models.Model):
    """Somebody whom the request concerns, and who therefore never decides on it."""

    request = models.ForeignKey(ApprovalRequest, models.PROTECT, related_name="parties")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person")
    )
    part = models.CharField(_("part"), max_length=60, help_text=_("borrower, lender, requester …"))

    class Meta:
        db_table = "approval_parties"
        verbose_name = _("interested party")
        verbose_name_plural = _("interested parties")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("request", "person", "part"), name="approval_party_is_unique"
            ),
        )

    def __str__(self) -> str:
        return f"{self.person} ({self.part})"
