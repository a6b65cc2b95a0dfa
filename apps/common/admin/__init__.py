"""What every page of the back office is built from."""

from apps.common.admin.base import BaseAdmin, ReadOnlyAdmin, StaffRequest
from apps.common.admin.bulk import BulkAdmin
from apps.common.admin.dialogs import (
    BulkDialogForm,
    DialogForm,
    ReasonForm,
    carry_out,
    dangerous,
    leave_dialog,
    rules_as_messages,
    selected_ids,
)
from apps.common.admin.downloads import begin_download, promised
from apps.common.admin.exporting import ExportField, Shape
from apps.common.admin.files import FilesField, as_download
from apps.common.admin.history import HistoryAdmin
from apps.common.admin.keyset import KeysetAdmin, KeysetList
from apps.common.admin.money import AmountField, amount_in, money
from apps.common.admin.page_dialogs import PageDialogs
from apps.common.admin.refusals import ServedForm
from apps.common.admin.tabs import AS_TABS, TabFilter

__all__ = [
    "AS_TABS",
    "AmountField",
    "BaseAdmin",
    "BulkAdmin",
    "BulkDialogForm",
    "DialogForm",
    "ExportField",
    "FilesField",
    "HistoryAdmin",
    "KeysetAdmin",
    "KeysetList",
    "PageDialogs",
    "ReadOnlyAdmin",
    "ReasonForm",
    "ServedForm",
    "Shape",
    "StaffRequest",
    "TabFilter",
    "amount_in",
    "as_download",
    "begin_download",
    "carry_out",
    "dangerous",
    "leave_dialog",
    "money",
    "promised",
    "rules_as_messages",
    "selected_ids",
]
