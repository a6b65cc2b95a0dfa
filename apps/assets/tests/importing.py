"""Previewing and importing in tests."""

from apps.accounts.models import User
from apps.assets.importing import services
from apps.assets.importing.resources import RegisterResult
from apps.assets.importing.rows import Defaults
from apps.assets.models import AssetImport

CSV = "tag,name,category,value\nA-1,Camera,Cameras,1250.50\nA-2,Tripod,Cameras,80\n"


def preview(
    text: str | bytes, defaults: Defaults, actor: User, source: str = "assets"
) -> tuple[AssetImport, RegisterResult]:
    content = text if isinstance(text, bytes) else text.encode()
    return services.preview(
        content=content, file_name="file.csv", source=source, defaults=defaults, actor=actor
    )


def bring_in(
    text: str | bytes, defaults: Defaults, actor: User, source: str = "assets"
) -> RegisterResult:
    file, result = preview(text, defaults, actor, source)
    assert not result.is_refused, faults(result)
    file, result = services.carry_out(file.key, actor=actor)
    assert file.imported_at is not None
    return result


def faults(result: RegisterResult) -> list[tuple[int, str, str]]:
    return [
        (row.number, column, reason)
        for row in result.invalid_rows
        for column, reasons in row.error_dict.items()
        for reason in reasons
    ]
