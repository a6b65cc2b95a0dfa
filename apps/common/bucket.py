"""Files in a private bucket of S3."""

from typing import Any

from storages.backends.s3 import S3Storage


class PrivateBucket(S3Storage):  # type: ignore[misc]  # the library has no types
    """Files that only the application reads; nobody gets an address of the bucket."""

    def url(self, *_args: Any, **_options: Any) -> str:
        """Refuse: a signed address would go around permission and audit."""
        message = "files of the bucket have no address; services hand them out"
        raise ValueError(message)
