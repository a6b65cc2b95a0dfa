"""Version 1 of the API: all its resources under one roof."""

from importlib import import_module
from pkgutil import iter_modules

from apps.api import resources
from apps.api.interface import Api
from apps.api.reading import for_who_may_read

DESCRIPTION = """
The API of Assets. It calls the same services as the back office, so the same rules hold.

- **Money** is an integer of minor units with its ISO 4217 currency.
- **Lists** come in pages: send `next` as `cursor` to get the following one.
- **POST** needs an `Idempotency-Key`. The same request with the same key does its deed once.
- **PATCH and DELETE** need `If-Match` with the `ETag` that you read.
- **Refusals** are problems (RFC 9457). Their `type` never changes; `errors` names each field.
- **Scopes** only narrow what a token may do: the roles of the person and the object decide too.
"""


api = Api(
    title="Assets",
    version="1",
    description=DESCRIPTION.strip(),
    urls_namespace="api-v1",
    docs_decorator=for_who_may_read,
)
# Each module of `resources` is one part, and its router is called `router`.
for _module in sorted(iter_modules(resources.__path__), key=lambda module: module.name):
    api.add_router("", import_module(f"{resources.__name__}.{_module.name}").router)
