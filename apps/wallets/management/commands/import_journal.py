"""Posts a journal that another program has written as CSV: whole, and once."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from apps.accounts.models import User
from apps.common.errors import DomainError
from apps.common.money import format_amount
from apps.wallets.errors import JournalFaulty, MappingFaulty
from apps.wallets.importing import mapping, services
from apps.wallets.importing.mapping import Target
from apps.wallets.importing.reading import FROM_DISK
from apps.wallets.importing.summing import Summary
from apps.wallets.models import JournalImport

if TYPE_CHECKING:
    from apps.wallets.importing.journal import ForeignAccount

_MAP_HELP = (
    'JSON: {"Assets:Bank": {"wallet": "USD-CASH"}, "Rent": {"title": "Rent", "class": "expense"}};'
    ' a currency may be named: {"Assets:Bank EUR": …}'
)


class Command(BaseCommand):
    """Ends with status 1 and every reason when anything is wrong; then nothing is posted."""

    help = "Posts a journal from a CSV file, whole and once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--map", type=Path, metavar="FILE.json", help=_MAP_HELP)
        parser.add_argument(
            "--dry-run", action="store_true", help="post everything, show it, and take it back"
        )

    def handle(self, **options: Any) -> None:
        """Import, or say why not."""
        actor = User.objects.system()
        try:
            content = options["file"].read_bytes()
            answers = _answers(options["map"])
            with transaction.atomic():
                row = services.upload(
                    content, file_name=options["file"].name, actor=actor, limits=FROM_DISK
                )
                _map(row, answers, actor)
                row = services.import_now(row.pk, actor=actor)
                transaction.set_rollback(options["dry_run"])
        except JournalFaulty as refusal:
            raise CommandError(_faults(refusal)) from None
        except MappingFaulty as refusal:
            raise CommandError(_unmapped(refusal)) from None
        except (DomainError, OSError) as refusal:
            raise CommandError(str(refusal)) from None
        self._tell(row, is_dry_run=options["dry_run"])

    def _tell(self, row: JournalImport, *, is_dry_run: bool) -> None:
        result = row.result
        for line in result["accounts"]:
            before, after = (
                format_amount(line[name], line["currency"]) for name in ("before", "after")
            )
            mark = "new " if line["is_new"] else ""
            number = "" if is_dry_run and line["is_new"] else f"{line['wallet']} "
            self.stdout.write(f"{mark}{number}{line['title']}: {before} → {after}")
        count = f"{result['transactions']:,}"
        if is_dry_run:
            self.stdout.write(f"{count} transactions would be posted; nothing was.")
        else:
            self.stdout.write(
                f"{row}: {count} transactions are posted, "
                f"T-{result['first']} to T-{result['last']}."
            )


def _answers(path: Path | None) -> dict[str, Mapping[str, str]]:
    if path is None:
        return {}
    try:
        answers = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        message = f"{path} is no JSON: {error}"
        raise CommandError(message) from None
    known = {"wallet", "title", "class"}
    if not isinstance(answers, dict) or not all(
        isinstance(answer, dict) and answer and set(answer) <= known for answer in answers.values()
    ):
        message = f"{path} does not map accounts. It is {_MAP_HELP}"
        raise CommandError(message)
    return answers


def _map(row: JournalImport, answers: Mapping[str, Mapping[str, str]], actor: User) -> None:
    """Map what the file says, and the rest as it is suggested."""
    accounts = [one.account for one in Summary.from_json(row.summary).accounts]
    chosen: dict[ForeignAccount, Target] = {}
    used = set()
    for target in mapping.suggested(accounts):
        names = (f"{target.name} {target.currency}", target.name)
        name = next((name for name in names if name in answers), None)
        used |= {one for one in names if one in answers}
        chosen[target.account] = target if name is None else _chosen(target, answers[name])
    if unknown := sorted(set(answers) - used):
        message = f"The file has no account {', '.join(unknown)}. Correct the mapping."
        raise CommandError(message)
    services.map_accounts(row.pk, answers=chosen, actor=actor)


def _chosen(suggested: Target, answer: Mapping[str, str]) -> Target:
    if "wallet" in answer:
        return Target(*suggested.account, wallet=answer["wallet"])
    return Target(
        *suggested.account,
        title=answer.get("title") or suggested.title or suggested.name,
        general_class=answer.get("class") or suggested.general_class,
    )


def _faults(refusal: JournalFaulty) -> str:
    lines = [f"Nothing was imported: {refusal.count} things are wrong in the file."]
    lines += [f"  line {fault.line}, {fault.column}: {fault.text}" for fault in refusal.faults]
    if beyond := refusal.count - len(refusal.faults):
        lines.append(f"  and {beyond} more")
    return "\n".join(lines)


def _unmapped(refusal: MappingFaulty) -> str:
    lines = ["Nothing was imported: accounts are not mapped. Name them in --map."]
    lines += [f"  {name} {currency}: {why}" for (name, currency), why in refusal.faults.items()]
    return "\n".join(lines)
