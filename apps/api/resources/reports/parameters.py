"""The parameters of a report as JSON Schema, derived from its own form."""

from typing import TYPE_CHECKING, Any

from django import forms

from apps.reports.forms import RunField

if TYPE_CHECKING:
    from apps.reports.report import Report


def schema_of(report: "Report") -> dict[str, Any]:
    """Return which parameters the report has, of which kind, and what they are without a word."""
    fields = report.form().fields
    return {
        "type": "object",
        "properties": {name: _property_of(field) for name, field in fields.items()},
        "required": [
            name for name, field in fields.items() if field.required and _default_of(field) is None
        ],
        "additionalProperties": False,
    }


def defaults_of(report: "Report") -> dict[str, str]:
    """Return the parameters that have a default today, such as the last month."""
    defaults = {name: _default_of(field) for name, field in report.form().fields.items()}
    return {name: default for name, default in defaults.items() if default is not None}


def _property_of(field: forms.Field) -> dict[str, Any]:
    words = {"title": str(field.label or ""), "description": str(field.help_text or "")}
    default = _default_of(field)
    return {
        **_kind_of(field),
        **{name: text for name, text in words.items() if text},
        **({} if default is None else {"default": default}),
    }


def _kind_of(field: forms.Field) -> dict[str, Any]:
    match field:
        case RunField():
            return {"type": "string", "pattern": "^(RR-)?[0-9]+$"}
        # Its choices are the rows of a table, which is too long to name here.
        case forms.ModelChoiceField():
            return {"type": "integer", "minimum": 1}
        case forms.ChoiceField():
            choices: Any = field.choices
            named = [{"const": str(value), "title": str(label)} for value, label in choices]
            return {"type": "string", "oneOf": named}
        case forms.DateField():
            return {"type": "string", "format": "date"}
        case forms.CharField() if field.max_length:
            return {"type": "string", "maxLength": field.max_length}
    return {"type": "string"}


def _default_of(field: forms.Field) -> str | None:
    default = field.initial() if callable(field.initial) else field.initial
    if default is None:
        return None
    return str(default.isoformat()) if hasattr(default, "isoformat") else str(default)
