"""The Celery application: a doorbell for rows that hold the promise."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings.dev")

app = Celery("assets")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
