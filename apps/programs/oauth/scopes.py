"""Which scopes the toolkit offers: to a program, what it was registered for."""

from typing import Any

from oauth2_provider.scopes import BaseScopes

from apps.programs.scopes import SCOPES


class ProgramScopes(BaseScopes):
    """The catalogue, and of it what each program may ask for."""

    def get_all_scopes(self) -> dict[str, str]:
        """Return the catalogue, in words."""
        return {name: str(words) for name, words in SCOPES.items()}

    def get_available_scopes(
        self, application: Any = None, *_args: Any, **_options: Any
    ) -> list[str]:
        """Return what a program may ask for; without one, everything that there is."""
        return list(SCOPES) if application is None else application.allowed_scopes

    def get_default_scopes(
        self, application: Any = None, *_args: Any, **_options: Any
    ) -> list[str]:
        """Return what a program gets that names no scope: all that it was registered for."""
        return self.get_available_scopes(application)
