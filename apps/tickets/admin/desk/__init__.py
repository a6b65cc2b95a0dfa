"""The walk-in desk: one field that understands what is scanned or typed, and what follows from it.

What lies on the counter (borrower, assets to be lent, open tickets with their ticked lines) travels
in the page itself: `counter` reads it, `reading` adds to it what was scanned, `deeds` calls the
services, `showing` prepares what the templates print.
"""

from apps.tickets.admin.desk.views import DeskPages

__all__ = ["DeskPages"]
