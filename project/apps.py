"""The project as an app of its own: commands, whole-site templates and Unfold's repairs."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """Carries the commands, templates and static files that belong to no single app."""

    name = "project"
    label = "project"
    verbose_name = "Assets"
