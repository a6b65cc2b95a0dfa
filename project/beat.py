"""Celery beat without a memory: what must not be missed is a row, which a sweep finds."""

from pathlib import Path
from typing import Any

from celery import Celery
from celery.beat import Scheduler

from apps.common.jobs import headers_of

_LONGEST_SLEEP = 10.0


class HeartbeatScheduler(Scheduler):  # type: ignore[misc]  # Celery has no types
    """Rings by the schedule of the settings, and shows in a file that it lives."""

    def __init__(self, app: Celery, *, schedule_filename: str, **options: Any) -> None:
        """Take the file of `--schedule` for the heartbeat."""
        self._heartbeat = Path(schedule_filename)
        super().__init__(app, **{**options, "max_interval": _LONGEST_SLEEP})

    def setup_schedule(self) -> None:
        """Take the schedule as the settings have it, and let each message name its job."""
        self.merge_inplace(self.app.conf.beat_schedule)
        for job, entry in self.schedule.items():
            entry.options["headers"] = headers_of(job)

    def tick(self, *args: Any, **options: Any) -> float:
        """Ring what is due and show that beat lives."""
        self._heartbeat.touch()
        delay: float = super().tick(*args, **options)
        return delay
