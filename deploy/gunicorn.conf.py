"""How gunicorn serves Assets; the command line and WEB_CONCURRENCY may say otherwise."""

import os

bind = "0.0.0.0:8000"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
worker_class = "gthread"
# Heartbeats of the workers do not wait for a disk.
worker_tmp_dir = "/dev/shm"  # noqa: S108  (gunicorn makes its own file) # nosec B108
# A leak is forgotten from time to time, and not in all workers at once.
max_requests = 2000
max_requests_jitter = 200
timeout = 60
graceful_timeout = 20
accesslog = None
# It would open a socket in the home of a user who has none.
control_socket_disable = True
