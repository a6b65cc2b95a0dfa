"""Where files are kept: in a folder of this machine, or in a private bucket."""

from typing import Any

from project.settings.env import Environment

_SPOOLED = 1024 * 1024
_ON_DISK = {"BACKEND": "django.core.files.storage.FileSystemStorage"}


def files_of(env: Environment) -> dict[str, Any]:
    """Return the storage of evidence, photos and reports, as Django's setting wants it."""
    if not env.assets_s3_bucket:
        return _ON_DISK
    return {
        "BACKEND": "apps.common.bucket.PrivateBucket",
        "OPTIONS": {
            "bucket_name": env.assets_s3_bucket,
            "endpoint_url": env.assets_s3_endpoint or None,
            "region_name": env.assets_s3_region or None,
            "access_key": env.assets_s3_access_key.get_secret_value() or None,
            "secret_key": env.assets_s3_secret_key.get_secret_value() or None,
            "signature_version": "s3v4",
            # A name is never taken twice, as on disk.
            "file_overwrite": False,
            # A large file waits on disk while it is handed out, not in memory.
            "max_memory_size": _SPOOLED,
        },
    }
