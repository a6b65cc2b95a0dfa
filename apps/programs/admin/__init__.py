"""The pages of programs and of the keys of their tokens."""

from django.contrib import admin
from oauth2_provider.models import AccessToken, Grant, IDToken, RefreshToken

from apps.programs.models import Program

# The toolkit’s own pages would let people write what only services write.
admin.site.unregister([Program, AccessToken, Grant, IDToken, RefreshToken])

from apps.programs.admin import keys as keys  # noqa: E402  (after the toolkit’s are gone)
from apps.programs.admin import programs as programs  # noqa: E402
