"""Entries of open wallets get their place later; days and periods are remembered."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [
        ("wallets", "0005_vocabulary"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LedgerDay",
            fields=[
                ("pk", models.CompositePrimaryKey("wallet_id", "effective_on", blank=True, editable=False, primary_key=True, serialize=False)),
                ("wallet", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wallets.wallet")),
                ("effective_on", models.DateField(verbose_name="effective on")),
                ("balance", models.BigIntegerField(help_text="at the end of the day, minor units", verbose_name="balance")),
                ("last_position", models.BigIntegerField(help_text="of the entries that are effective on this day", verbose_name="last position")),
            ],
            options={
                "verbose_name": "ledger day",
                "verbose_name_plural": "ledger days",
                "db_table": "ledger_days",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="LedgerMark",
            fields=[
                ("wallet", models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="+", serialize=False, to="wallets.wallet")),
                ("position", models.BigIntegerField(verbose_name="position")),
            ],
            options={
                "verbose_name": "ledger mark",
                "verbose_name_plural": "ledger marks",
                "db_table": "ledger_marks",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Period",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_on", models.DateField(unique=True, verbose_name="starts on")),
                ("ends_on", models.DateField(verbose_name="ends on")),
                ("status", models.CharField(choices=[("open", "open"), ("closed", "closed")], default="open", max_length=6, verbose_name="status")),
                ("closing_count", models.PositiveIntegerField(default=0, help_text="how often it was closed", verbose_name="closings")),
                ("changed_at", models.DateTimeField(blank=True, null=True, verbose_name="changed at")),
                ("changed_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="changed by")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
            ],
            options={
                "verbose_name": "period",
                "verbose_name_plural": "periods",
                "db_table": "ledger_periods",
                "ordering": ("-starts_on",),
                "permissions": (("close_period", "Can close and reopen periods"),),
                "default_permissions": ("view",),
                "constraints": (
                    models.CheckConstraint(condition=Q(("status__in", ["open", "closed"])), name="period_has_status"),
                ),
            },
        ),
        migrations.CreateModel(
            name="PeriodBalance",
            fields=[
                ("pk", models.CompositePrimaryKey("period_id", "closing", "wallet_id", blank=True, editable=False, primary_key=True, serialize=False)),
                ("period", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="balances", to="wallets.period", verbose_name="period")),
                ("closing", models.PositiveIntegerField(verbose_name="closing")),
                ("wallet", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wallets.wallet", verbose_name="wallet")),
                ("balance", models.BigIntegerField(help_text="minor units; credit is positive", verbose_name="balance")),
            ],
            options={
                "verbose_name": "balance of a period",
                "verbose_name_plural": "balances of periods",
                "db_table": "ledger_period_balances",
                "default_permissions": (),
            },
        ),
        # The column keeps its name: of people's wallets it is what is posted.
        migrations.RemoveConstraint(model_name="wallet", name="wallet_available_above_floor"),
        migrations.AlterField(
            model_name="wallet",
            name="posted",
            field=models.BigIntegerField(db_column="posted", default=0, editable=False, help_text="sum of the entries that have their place, in minor units", verbose_name="placed"),
        ),
        migrations.RenameField(model_name="wallet", old_name="posted", new_name="placed"),
        migrations.AddConstraint(
            model_name="wallet",
            constraint=models.CheckConstraint(condition=Q(("placed__gte", F("floor") + F("held"))), name="wallet_available_above_floor"),
        ),
        migrations.AlterField(
            model_name="wallet",
            name="position",
            field=models.BigIntegerField(default=0, editable=False, help_text="number of entries with a place", verbose_name="position"),
        ),
        migrations.AddField(
            model_name="wallet",
            name="moved_at",
            field=models.DateTimeField(editable=False, help_text="moment of the last place", null=True, verbose_name="moved at"),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="placed_at",
            field=models.DateTimeField(help_text="rises with the position", null=True, verbose_name="placed at"),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="balance",
            field=models.BigIntegerField(help_text="running, minor units", null=True, verbose_name="balance after"),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="position",
            field=models.BigIntegerField(help_text="1, 2, 3 … within the wallet, without a gap", null=True, verbose_name="position"),
        ),
        migrations.AlterField(
            model_name="ledgertransaction",
            name="hold",
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="captures", to="wallets.hold", verbose_name="captures"),
        ),
        # Its unique index was made partial by 0003, so there is nothing to change in the database.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="ledgertransaction",
                    name="reverses",
                    field=models.OneToOneField(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="reversed_by", to="wallets.ledgertransaction", verbose_name="reverses"),
                )
            ],
        ),
    ]
