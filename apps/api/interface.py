"""One version of the API as a whole: Ninja, with our parser, refusals and document."""

import re
from typing import Any

from django.urls import URLPattern, URLResolver, include, re_path
from ninja import NinjaAPI
from ninja.errors import ValidationError, ValidationErrorContext
from ninja.openapi.docs import Swagger
from ninja.signature.details import is_pydantic_model

from apps.api import refusing
from apps.api.document import finished
from apps.api.parsing import StrictParser


class Documentation(Swagger):
    """The page of the document: Ninja’s own files, in a frame that fits a phone too."""

    template = "api/docs.html"


def _together(word: str, urls: list[URLResolver | URLPattern]) -> URLResolver:
    # It looks ahead and takes nothing away: the addresses stay whole.
    return re_path(f"^(?={re.escape(word)}(?:/|$))" if word else "", include(urls))


class Api(NinjaAPI):
    """Answers every failure with a problem, and says in its document what our conventions add."""

    def __init__(self, **options: Any) -> None:
        """Take our parser, page and refusals."""
        super().__init__(parser=StrictParser(), docs=Documentation(), **options)
        refusing.register(self)

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        """Return Ninja’s addresses by their first word, so that Django looks only beside it."""
        by_word: dict[str, list[URLResolver | URLPattern]] = {}
        for url in super()._get_urls():
            by_word.setdefault(str(url.pattern).partition("/")[0], []).append(url)
        return [_together(word, urls) for word, urls in by_word.items()]

    def get_openapi_schema(self, **options: Any) -> Any:
        """Return the document with what our conventions add."""
        return finished(super().get_openapi_schema(**options))

    def validation_error_from_error_contexts(
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> ValidationError:
        """Return the faults with their places as the program knows them.

        Pydantic begins each place with the name of the view’s parameter. That is the name of a
        parameter of the query, but nobody’s for a whole body or for filters that lie flat.
        """
        faults = []
        for context in error_contexts:
            source = context.model.__ninja_param_source__
            for fault in context.pydantic_validation_error.errors(
                include_url=False, include_input=False
            ):
                first, *rest = fault["loc"] or ("",)
                parameter = context.model.model_fields.get(str(first))
                is_whole = parameter is not None and is_pydantic_model(parameter.annotation)
                place = rest if is_whole or source == "body" else [first, *rest]
                faults.append({**fault, "loc": (source, *place)})
        return ValidationError(faults)
