"""What the desk is asked when assets go out or come back: a card for each line, and signatures."""

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.assets import availability, upkeep
from apps.common import uploads
from apps.common.admin import FilesField
from apps.common.admin.files import FilesInput
from apps.common.money import format_amount
from apps.tickets import services
from apps.tickets.admin.dialogs import LinesForm
from apps.tickets.admin.lines import TICKED, LineField, LineWidget, condition_field, note_field
from apps.tickets.services import quoting
from apps.tickets.services.evidence import checklist_of
from apps.tickets.states import Direction, LineStatus, Signing

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile
    from django.utils.functional import _StrOrPromise

    from apps.assets.models import ChecklistItem
    from apps.tickets.models import TicketLine

_YES, _NO = "yes", "no"
_PNG = "data:image/png;base64,"


class PhotosInput(FilesInput):
    """Opens the camera of a phone, and takes several pictures."""

    def __init__(self) -> None:
        """Ask for pictures only."""
        super().__init__()
        self.attrs |= {"accept": "image/jpeg,image/png", "capture": "environment"}


class PhotosField(FilesField):
    """Any number of photos."""

    widget = PhotosInput

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[bytes]]":
        """Return the photos, or say of each that is none what to do."""
        files = super().clean(data, initial)
        for file in files:
            if not uploads.check(file).content_type.startswith("image/"):
                raise ValidationError(
                    _("“{name}” is no photo: take or choose a picture.").format(name=file.name)
                )
        return files


class CardWidget(LineWidget):
    """A card with its checklist and its photos."""

    template_name = "tickets/handing_card.html"

    def get_context(self, name: str, value: Any, attrs: "dict[str, Any] | None") -> dict[str, Any]:
        """Sort the parts by what they ask."""
        context = super().get_context(name, value, attrs)
        named = dict(zip(self.names[1:], context.pop("parts"), strict=True))
        items = [part for part in named if part.startswith("item_") and not part.endswith("_note")]
        return {
            **context,
            "condition": named["condition"],
            "note": named["note"],
            "photos": named["photos"],
            "items": [(named[item], named[f"{item}_note"]) for item in items],
        }


class CardField(LineField):
    """Cleans to what `LineOut` and `LineIn` are made of."""

    widget_class = CardWidget

    def __init__(self, line: "TicketLine", items: "list[ChecklistItem]", **options: Any) -> None:
        """Ask for condition, note, photos, and each item of the checklist."""
        self.items = items
        parts: dict[str, forms.Field] = {
            "condition": condition_field(),
            "note": note_field(gettext_lazy("Note")),
            "photos": PhotosField(label=gettext_lazy("Photos"), required=False),
        }
        for item in items:
            parts[f"item_{item.pk}"] = _item_field(item)
            remark = note_field(gettext_lazy("What is wrong"))
            remark.widget.attrs["placeholder"] = gettext_lazy("What is wrong")
            parts[f"item_{item.pk}_note"] = remark
        super().__init__(line, parts, **options)

    def compress(self, data_list: "list[Any]") -> dict[str, Any] | None:
        """Return condition, note, photos and answers of a ticked line."""
        values = super().compress(data_list)
        if values is None:
            return None
        checked = {
            item.pk: services.Answer(answer == _YES, values[f"item_{item.pk}_note"])
            for item in self.items
            if (answer := values[f"item_{item.pk}"])
        }
        plain = {name: values[name] for name in ("condition", "note", "photos")}
        return {**plain, "checked": checked}


def _item_field(item: "ChecklistItem") -> forms.Field:
    attrs = {"marked": "yes"} if item.is_required else {}
    return forms.ChoiceField(
        label=item.text,
        required=False,
        choices=[(_YES, gettext_lazy("yes")), (_NO, gettext_lazy("no"))],
        widget=forms.RadioSelect(attrs=attrs),
    )


class DrawingField(forms.CharField):
    """What a canvas gives: a PNG as an address; empty when nothing was drawn."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> bytes:
        """Return the bytes of the picture."""
        text = super().clean(value)
        try:
            return base64.b64decode(text.removeprefix(_PNG), validate=True)
        except (binascii.Error, ValueError):
            raise ValidationError(
                _("The signature cannot be read. Clear it, sign again.")
            ) from None


class HandingForm(LinesForm):
    """The lines that go one way, and who stands by it."""

    direction: ClassVar[Direction]
    signing = forms.ChoiceField(label=gettext_lazy("Signatures"), widget=forms.RadioSelect)
    representative = forms.CharField(
        label=gettext_lazy("Signs for the borrower"),
        required=False,
        max_length=150,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("when somebody else came"),
    )
    signature_borrower = DrawingField(required=False, max_length=600_000)
    signature_clerk = DrawingField(required=False, max_length=600_000)
    scan = forms.FileField(
        label=gettext_lazy("Signed paper"),
        required=False,
        widget=forms.FileInput(
            attrs={**UnfoldAdminTextInputWidget().attrs, "accept": ".pdf,.png,.jpg,.jpeg"}
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        """Offer to sign nothing only where no category asks for signatures."""
        super().__init__(*args, **options)
        self.must_sign = any(line.asset.category.requires_signature for line in self.lines)
        ways: list[tuple[str, _StrOrPromise]] = [
            (Signing.DRAWN.value, gettext_lazy("on the screen")),
            (Signing.PAPER.value, gettext_lazy("on paper")),
        ]
        if not self.must_sign:
            ways.append((Signing.NONE.value, gettext_lazy("nobody signs")))
        self.fields["signing"].choices = ways
        self.initial["signing"] = Signing.DRAWN if self.must_sign else Signing.NONE
        self.fields["representative"].widget.attrs["placeholder"] = str(self.ticket.borrower)

    def card(self, line: "TicketLine") -> CardField:
        """Ask for all that can be shown; say what there is to know."""
        remarks, initial = self.known(line)
        if line.asset.category.requires_photos:
            remarks.append(_("At least one photo is required."))
        items = checklist_of(line, self.direction)
        return CardField(line, items, remarks=remarks, initial=initial)

    def known(self, line: "TicketLine") -> tuple[list[str], Mapping[str, Any]]:
        """Return remarks about the line, and what to begin with."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """Ask for the paper where it was signed on paper."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("signing") == Signing.PAPER and not cleaned.get("scan"):
            self.add_error("scan", _("Add the paper that both have signed, as a scan or a photo."))
        return cleaned

    def signatures(self) -> services.Signatures | None:
        """Return what was signed."""
        typed = self.cleaned_data
        match typed["signing"]:
            case Signing.DRAWN:
                return services.Drawn(
                    typed["signature_borrower"],
                    typed["signature_clerk"],
                    typed["representative"],
                )
            case Signing.PAPER:
                return services.OnPaper(typed["scan"], typed["representative"])
            case _:
                return None


class HandOverForm(HandingForm):
    """Which lines go out, and how they look."""

    status = LineStatus.RESERVED
    direction = Direction.OUT

    def known(self, line: "TicketLine") -> tuple[list[str], Mapping[str, Any]]:
        """Say what moves; what cannot go out says why, and is not ticked."""
        now = timezone.now()
        why = availability.why_not(
            line.asset,
            now,
            line.due_at,
            now=now,
            except_reservation=line.reservation_id,
            within_hours=False,
        )
        why_not = [
            *map(str, why),
            *(refusal.message for refusal in upkeep.refusals(line.asset, now=now)),
        ]
        if line.kit_line:
            remark = _("Goes along with {kit}.").format(kit=line.kit_line.asset)
        else:
            remark = _("Fee {fee} and deposit {deposit} go into escrow.").format(
                fee=format_amount(line.fee, self.ticket.currency),
                deposit=format_amount(line.deposit, self.ticket.currency),
            )
        return why_not or [remark], {"condition": line.asset.condition, TICKED: not why_not}

    def outs(self) -> list[services.LineOut]:
        """Return what was ticked."""
        return [services.LineOut(line.pk, **values) for line, values in self.ticked()]


class TakeBackForm(HandingForm):
    """Which lines are back, and how they look; shows what lateness costs."""

    # What is lost may be back.
    status = (LineStatus.ON_LOAN, LineStatus.LOST)
    direction = Direction.IN

    def known(self, line: "TicketLine") -> tuple[list[str], Mapping[str, Any]]:
        """Say how it went out, and what its lateness costs."""
        late_fee, arithmetic = quoting.late_fee(line, returned_at=timezone.now())
        remarks = [
            _("Went out {condition}. {note}").format(
                condition=line.get_condition_out_display(), note=line.note_out
            ),
            _("Late fee: {arithmetic}").format(arithmetic=arithmetic) if late_fee else arithmetic,
        ]
        return [remark for remark in remarks if remark], {
            "condition": line.condition_out,
            TICKED: line.status == LineStatus.ON_LOAN,
        }

    def ins(self) -> list[services.LineIn]:
        """Return what was ticked."""
        return [services.LineIn(line.pk, **values) for line, values in self.ticked()]
