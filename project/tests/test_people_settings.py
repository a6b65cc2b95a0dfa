"""How the settings of signing in stand where it matters."""

from django.core.cache.backends.redis import RedisCache
from django.utils.module_loading import import_string

from project.settings import base


def test_argon2id_hashes_first() -> None:
    first = import_string(base.PASSWORD_HASHERS[0])()

    assert first.encode("correct horse battery staple", first.salt()).startswith("argon2$argon2id$")


def test_limits_of_attempts_are_kept_where_all_processes_see_them() -> None:
    assert issubclass(import_string(base.CACHES["default"]["BACKEND"]), RedisCache)
    assert base.IS_SECOND_FACTOR_REQUIRED
