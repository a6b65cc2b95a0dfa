"""The wiring of Assets: settings, addresses, jobs, the admin site and the whole-site tests."""

from project.celery import app as celery_app

__all__ = ["celery_app"]
