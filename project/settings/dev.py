"""Settings of the one-command start on one's own machine."""

from project.settings.base import *  # noqa: F403  (a settings module extends its base)
from project.settings.base import SECRET_KEY as _SECRET_KEY

DEBUG = True
SECRET_KEY = _SECRET_KEY or "a-key-for-one-machine-only-that-production-refuses"  # noqa: S105
