"""Settings of the server under measurement: those of production, and a bare “hello” beside it."""

from project.settings.prod import *  # noqa: F403  (a settings module extends its base)
from project.settings.prod import OAUTH2_PROVIDER as _PROVIDER

ROOT_URLCONF = "project.benchmarks.api.urls"
# One token lasts for the whole measurement.
OAUTH2_PROVIDER = {**_PROVIDER, "ACCESS_TOKEN_EXPIRE_SECONDS": 6 * 60 * 60}
