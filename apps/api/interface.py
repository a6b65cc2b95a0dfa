"""One version of the API as a whole: Ninja, with our parser, refusals and document."""

from typing import Any

from django.conf import settings
from django.urls import ResolverMatch, URLPattern, URLResolver
from django.urls.resolvers import RegexPattern
from django.utils.translation import get_language
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


class _ByFirstWord(URLResolver):
    """Addresses of which Django looks only through those with the right first word.

    They are many, and Django tries one after the other.
    """

    def __init__(self, urls: list[URLResolver | URLPattern]) -> None:
        """Sort them."""
        super().__init__(RegexPattern(""), urls)
        by_word: dict[str, list[URLResolver | URLPattern]] = {}
        for url in urls:
            by_word.setdefault(_first_word(str(url.pattern)), []).append(url)
        self._words = {word: URLResolver(RegexPattern(""), few) for word, few in by_word.items()}

    def resolve(self, path: str) -> ResolverMatch:
        """Return what answers at this address, or raise `Resolver404`."""
        few = self._words.get(_first_word(path))
        return few.resolve(path) if few else super().resolve(path)


def _first_word(path: str) -> str:
    return path.partition("/")[0]


class Api(NinjaAPI):
    """Answers every failure with a problem, and says in its document what our conventions add."""

    def __init__(self, **options: Any) -> None:
        """Take our parser, page and refusals."""
        super().__init__(parser=StrictParser(), docs=Documentation(), **options)
        self._documents: dict[tuple[str, str | None, str], Any] = {}
        refusing.register(self)

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        """Return Ninja’s addresses."""
        return [_ByFirstWord(super()._get_urls())]

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> Any:
        """Return the document with what our conventions add; made once, so change no part of it.

        It says where this API is, and speaks the language of the moment.
        """
        prefix = path_prefix or self.get_root_path(path_params or {})
        key = (settings.BASE_URL, get_language(), prefix)
        if key not in self._documents:
            self._documents[key] = finished(super().get_openapi_schema(path_prefix=prefix))
        return self._documents[key]

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
