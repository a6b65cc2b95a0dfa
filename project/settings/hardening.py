"""What browsers are told to refuse, and what uploads have to pass."""

from project.settings.env import read

_env = read()
CLAMD = _env.assets_clamd
