"""The project as an app of its own: commands, whole-site templates and Unfold's repairs."""

from django.apps import AppConfig

from apps.common.secret_text import Place, register


class ProjectConfig(AppConfig):
    """Carries the commands, templates and static files that belong to no single app."""

    name = "project"
    label = "project"
    verbose_name = "Assets"

    def ready(self) -> None:
        """Name what no field of ours holds, and check what only the database knows."""
        # It registers itself.
        from project import checks as checks  # noqa: PLC0414, PLC0415

        # The seeds of second factors, encrypted by our adapter of allauth.
        register(Place("mfa_authenticator", "data", is_json=True))
