"""Closed lists of words, said in place: two apps may call theirs alike.

In the document a named list would be one component for all that are called `Status`.
"""

from typing import TYPE_CHECKING, Annotated

from pydantic import WithJsonSchema

from apps.assets import states as assets
from apps.assets.importing import sources
from apps.tickets import claim_states as claims
from apps.tickets import states as tickets
from apps.tickets.selectors import moves

if TYPE_CHECKING:
    from django.db.models import TextChoices


def _one_of(choices: "type[TextChoices]") -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": [one.value for one in choices]})


AssetStatus = Annotated[assets.Status, _one_of(assets.Status)]
CheckedAt = Annotated[assets.CheckedAt, _one_of(assets.CheckedAt)]
Condition = Annotated[assets.Condition, _one_of(assets.Condition)]
DepositKind = Annotated[assets.DepositKind, _one_of(assets.DepositKind)]
Unit = Annotated[assets.Unit, _one_of(assets.Unit)]
Counted = Annotated[sources.Counted, _one_of(sources.Counted)]
TicketStatus = Annotated[tickets.Status, _one_of(tickets.Status)]
LineStatus = Annotated[tickets.LineStatus, _one_of(tickets.LineStatus)]
TicketMove = Annotated[str, WithJsonSchema({"type": "string", "enum": sorted(moves.NAMES)})]
Way = Annotated[tickets.Way, _one_of(tickets.Way)]
Visibility = Annotated[tickets.Visibility, _one_of(tickets.Visibility)]
FilePurpose = Annotated[tickets.FilePurpose, _one_of(tickets.FilePurpose)]
Direction = Annotated[tickets.Direction, _one_of(tickets.Direction)]
Signing = Annotated[tickets.Signing, _one_of(tickets.Signing)]
ExtensionStatus = Annotated[tickets.ExtensionStatus, _one_of(tickets.ExtensionStatus)]
WaitingStatus = Annotated[tickets.WaitingStatus, _one_of(tickets.WaitingStatus)]
ClaimKind = Annotated[claims.ClaimKind, _one_of(claims.ClaimKind)]
ClaimStatus = Annotated[claims.ClaimStatus, _one_of(claims.ClaimStatus)]
ReceivableStatus = Annotated[claims.ReceivableStatus, _one_of(claims.ReceivableStatus)]
StrikeKind = Annotated[claims.StrikeKind, _one_of(claims.StrikeKind)]
