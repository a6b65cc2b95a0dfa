"""The catalogue of events: the public name of each, and the deed of the audit log behind it.

Names are a promise to other systems and stay when a deed is renamed. A test looks for each deed in
the code.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from apps.webhooks import things
from apps.webhooks.things import Thing

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

TEST = "webhook.test"
"""Sent on demand only; about nothing."""


@dataclass(frozen=True)
class Event:
    """Something that programs are told of."""

    name: str
    deed: str
    thing: Thing
    title: "_StrPromise"


def _all_of(thing: Thing, *rows: "tuple[str, str, _StrPromise]") -> Iterable[Event]:
    return (Event(f"{thing.name}.{name}", deed, thing, title) for name, deed, title in rows)


CATALOGUE: tuple[Event, ...] = (
    *_all_of(
        things.TICKET,
        ("drafted", "tickets.drafted", _("a ticket was drafted")),
        ("changed", "tickets.changed", _("a draft was changed")),
        ("submitted", "tickets.submitted", _("a ticket was submitted")),
        ("changes_requested", "tickets.changes_requested", _("it came back for changes")),
        ("approved", "tickets.approved", _("it was approved, wholly or in part")),
        ("rejected", "tickets.rejected", _("it was rejected")),
        ("cancelled", "tickets.cancelled", _("it was cancelled")),
        ("expired", "tickets.expired", _("nobody collected it in time")),
        ("released", "tickets.released", _("some of its lines were not collected")),
        ("repriced", "tickets.repriced", _("it was priced anew")),
        ("substituted", "tickets.substituted", _("another asset is lent instead")),
        ("handed_over", "tickets.handed_over", _("assets were handed over")),
        ("returned", "tickets.taken_back", _("assets were taken back")),
        ("inspected", "tickets.inspected", _("returned assets were inspected")),
        ("closed", "tickets.closed", _("it was settled and closed")),
        ("taken_over", "tickets.taken_over", _("a running loan was taken over")),
        ("receipt_made", "tickets.receipt_made", _("a receipt is ready")),
        ("extension_requested", "tickets.extension_requested", _("an extension was asked for")),
        ("extension_approved", "tickets.extension_approved", _("an extension was approved")),
        ("extension_rejected", "tickets.extension_rejected", _("an extension was rejected")),
        ("extension_withdrawn", "tickets.extension_withdrawn", _("an extension was withdrawn")),
        ("extension_expired", "tickets.extension_expired", _("an extension ended undecided")),
        ("claimed", "tickets.claimed", _("a claim was filed")),
        ("claim_revised", "tickets.claim_revised", _("a claim was revised")),
        ("claim_disputed", "tickets.claim_disputed", _("a claim was disputed")),
        ("claim_withdrawn", "tickets.claim_withdrawn", _("a claim was withdrawn")),
        ("claim_decided", "tickets.claim_decided", _("a claim was decided")),
        ("lost", "tickets.lost", _("an asset on loan was lost")),
        ("found", "tickets.found", _("a lost asset was found")),
        ("debt_collected", "tickets.receivable_collected", _("what was owed was collected")),
        ("written_off", "tickets.written_off", _("what was owed was written off")),
    ),
    *_all_of(
        things.ASSET,
        ("registered", "assets.registered", _("an asset was registered")),
        ("changed", "assets.changed", _("it was changed")),
        ("handed_over", "assets.handed_over", _("it went out")),
        ("returned", "assets.taken_back", _("it came back")),
        ("sent_to_maintenance", "assets.sent_to_maintenance", _("it went to maintenance")),
        ("returned_to_service", "assets.returned_to_service", _("it is back in service")),
        ("maintained", "assets.maintained", _("planned maintenance was done")),
        ("blacked_out", "assets.blacked_out", _("its lender wants it back for a time")),
        ("blackout_lifted", "assets.blackout_lifted", _("a blackout was lifted")),
        ("lost", "assets.lost", _("it was lost")),
        ("found", "assets.found", _("it was found")),
        ("retired", "assets.retired", _("it was retired")),
    ),
    *_all_of(
        things.APPROVAL,
        ("requested", "approvals.requested", _("a decision is asked for")),
        ("forwarded", "approvals.forwarded", _("a request was forwarded")),
        ("escalated", "approvals.escalated", _("a request waited too long")),
        ("approved", "approvals.approved", _("somebody approved")),
        ("rejected", "approvals.rejected", _("somebody rejected")),
        ("returned", "approvals.returned", _("somebody sent it back for changes")),
        ("withdrawn", "approvals.withdrawn", _("the request was withdrawn")),
        ("expired", "approvals.expired", _("the request ended undecided")),
    ),
    *_all_of(
        things.ADJUSTMENT,
        ("requested", "wallets.adjustment_requested", _("an adjustment was drafted")),
        ("changed", "wallets.adjustment_changed", _("a draft was changed")),
        ("submitted", "wallets.adjustment_submitted", _("it waits for a decision")),
        ("withdrawn", "wallets.adjustment_withdrawn", _("it was withdrawn")),
        ("returned", "wallets.adjustment_returned", _("it came back for changes")),
        ("rejected", "wallets.adjustment_rejected", _("it was rejected")),
        ("posted", "wallets.adjustment_posted", _("it was approved and posted")),
    ),
    *_all_of(
        things.WALLET,
        ("opened", "wallets.opened", _("a wallet was opened")),
        ("frozen", "wallets.frozen", _("it was frozen")),
        ("unfrozen", "wallets.unfrozen", _("it was unfrozen")),
        ("closed", "wallets.closed", _("it was closed")),
    ),
    *_all_of(
        things.HOLD,
        ("expired", "wallets.hold_expired", _("the time of a hold was over")),
    ),
    *_all_of(
        things.TRANSACTION,
        ("exchanged", "wallets.exchanged", _("money was exchanged between currencies")),
        ("reversed", "wallets.reversed", _("a posting was reversed")),
    ),
    Event("report.ready", "reports.made", things.REPORT, _("a report is ready")),
    Event("report.failed", "reports.failed", things.REPORT, _("a report has failed")),
)

BY_NAME = {event.name: event for event in CATALOGUE}
BY_DEED = {event.deed: event for event in CATALOGUE}


def titles() -> "list[tuple[str, _StrPromise]]":
    """Return the name and the title of each event, in the order of the catalogue."""
    return [(event.name, event.title) for event in CATALOGUE]
