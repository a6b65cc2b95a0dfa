"""A doorbell that only notes who was rung for."""

import pytest

from apps.notifications import tasks
from apps.notifications.models import Notice


class Bell:
    """What would have been sent to the broker."""

    def __init__(self) -> None:
        """Begin in silence."""
        self.rung: list[int] = []
        self.failure: Exception | None = None

    def apply_async(self, arguments: tuple[int], **_options: object) -> None:
        """Note the notice, or fail as a broker that is away."""
        if self.failure:
            raise self.failure
        self.rung.append(arguments[0])

    def delay(self, notice_id: int) -> None:
        """Note the notice."""
        self.apply_async((notice_id,))


@pytest.fixture
def bell(monkeypatch: pytest.MonkeyPatch) -> Bell:
    """Put the bell in the place of the broker."""
    made = Bell()
    monkeypatch.setattr(tasks.deliver, "apply_async", made.apply_async)
    monkeypatch.setattr(tasks.deliver, "delay", made.delay)
    return made


def emails() -> list[Notice]:
    """Return the notices that go by e-mail, in order."""
    return list(Notice.objects.filter(channel="email").order_by("pk"))
