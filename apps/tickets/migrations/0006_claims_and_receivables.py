"""Claims hold a ticket open until they are decided; what is owed after it has a row of its own."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import simple_history.models
from django.conf import settings
from django.db import migrations, models


CLAIMS_AND_DEBTS_STAY = """
CREATE TRIGGER ticket_claims_stay BEFORE DELETE OR TRUNCATE ON ticket_claims
    EXECUTE FUNCTION ticket_refuses('ticket_claims_stay', 'a claim is decided or withdrawn, never deleted');
CREATE TRIGGER receivables_stay BEFORE DELETE OR TRUNCATE ON receivables
    EXECUTE FUNCTION ticket_refuses('receivables_stay', 'a receivable is paid or written off, never deleted');

-- A ticket is closed with every claim on it decided; a credit comes after it has closed.
CREATE FUNCTION ticket_closes_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM ticket_claims claim JOIN ticket_lines line ON line.id = claim.line_id
         WHERE line.ticket_id = NEW.id AND claim.kind <> 'credit'
           AND claim.status IN ('open', 'returned')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'integrity_constraint_violation',
            CONSTRAINT = 'ticket_closes_decided',
            MESSAGE = 'a claim on the ticket is not decided';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ticket_closes_decided BEFORE INSERT OR UPDATE OF status ON tickets
    FOR EACH ROW WHEN (NEW.status = 'closed') EXECUTE FUNCTION ticket_closes_decided();

CREATE FUNCTION claim_needs_open_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM ticket_lines line JOIN tickets ticket ON ticket.id = line.ticket_id
         WHERE line.id = NEW.line_id AND ticket.status = 'closed') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'integrity_constraint_violation',
            CONSTRAINT = 'claim_needs_open_ticket',
            MESSAGE = 'the ticket is closed and settled';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER claim_needs_open_ticket BEFORE INSERT OR UPDATE OF status, kind, line_id ON ticket_claims
    FOR EACH ROW WHEN (NEW.kind <> 'credit' AND NEW.status IN ('open', 'returned'))
    EXECUTE FUNCTION claim_needs_open_ticket();
"""

CLAIMS_AND_DEBTS_MAY_GO = """
DROP TRIGGER claim_needs_open_ticket ON ticket_claims;
DROP FUNCTION claim_needs_open_ticket();
DROP TRIGGER ticket_closes_decided ON tickets;
DROP FUNCTION ticket_closes_decided();
DROP TRIGGER receivables_stay ON receivables;
DROP TRIGGER ticket_claims_stay ON ticket_claims;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('assets', '0004_status_in_history'),
        ('tickets', '0005_loan_imports'),
        ('wallets', '0013_ledger_seals'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('damage', 'damage'), ('loss', 'loss'), ('credit', 'credit after a find')], max_length=10, verbose_name='kind')),
                ('status', models.CharField(choices=[('open', 'waits for a decision'), ('returned', 'changes requested'), ('accepted', 'accepted'), ('reduced', 'accepted in part'), ('dismissed', 'dismissed'), ('withdrawn', 'withdrawn')], default='open', max_length=10, verbose_name='status')),
                ('estimate', models.BigIntegerField(help_text='minor units', verbose_name='estimate')),
                ('amount', models.BigIntegerField(help_text='what is granted, never more than the estimate; minor units', verbose_name='amount')),
                ('description', models.TextField(verbose_name='what happened')),
                ('amount_reason', models.TextField(blank=True, help_text='when less is granted than was estimated', verbose_name='why not all of it')),
                ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='filed at')),
                ('disputed_at', models.DateTimeField(blank=True, null=True, verbose_name='disputed at')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                ('decision_reason', models.TextField(blank=True, verbose_name='reason of the decision')),
            ],
            options={
                'verbose_name': 'claim',
                'verbose_name_plural': 'claims',
                'db_table': 'ticket_claims',
                'ordering': ('-id',),
                'permissions': (('decide_claim', 'Can decide on claims'),),
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='HistoricalClaim',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('kind', models.CharField(choices=[('damage', 'damage'), ('loss', 'loss'), ('credit', 'credit after a find')], max_length=10, verbose_name='kind')),
                ('status', models.CharField(choices=[('open', 'waits for a decision'), ('returned', 'changes requested'), ('accepted', 'accepted'), ('reduced', 'accepted in part'), ('dismissed', 'dismissed'), ('withdrawn', 'withdrawn')], default='open', max_length=10, verbose_name='status')),
                ('estimate', models.BigIntegerField(help_text='minor units', verbose_name='estimate')),
                ('amount', models.BigIntegerField(help_text='what is granted, never more than the estimate; minor units', verbose_name='amount')),
                ('description', models.TextField(verbose_name='what happened')),
                ('amount_reason', models.TextField(blank=True, help_text='when less is granted than was estimated', verbose_name='why not all of it')),
                ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='filed at')),
                ('disputed_at', models.DateTimeField(blank=True, null=True, verbose_name='disputed at')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                ('decision_reason', models.TextField(blank=True, verbose_name='reason of the decision')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical claim',
                'verbose_name_plural': 'historical claims',
                'db_table': 'ticket_claims_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalReceivable',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('amount', models.BigIntegerField(help_text='owed at settlement; minor units', verbose_name='amount')),
                ('paid', models.BigIntegerField(default=0, help_text='minor units', verbose_name='paid so far')),
                ('status', models.CharField(choices=[('open', 'open'), ('paid', 'paid'), ('written_off', 'written off')], default='open', max_length=12, verbose_name='status')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='owed since')),
                ('due_at', models.DateTimeField(verbose_name='due at')),
                ('reminder_count', models.PositiveSmallIntegerField(default=0, verbose_name='reminders sent')),
                ('reminded_at', models.DateTimeField(blank=True, null=True, verbose_name='last reminded at')),
                ('suspended_until', models.DateTimeField(blank=True, help_text='how long the borrower may not borrow because of it', null=True, verbose_name='suspends until')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                ('write_off_reason', models.TextField(blank=True, verbose_name='reason of the write-off')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical receivable',
                'verbose_name_plural': 'historical receivables',
                'db_table': 'receivables_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Receivable',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('amount', models.BigIntegerField(help_text='owed at settlement; minor units', verbose_name='amount')),
                ('paid', models.BigIntegerField(default=0, help_text='minor units', verbose_name='paid so far')),
                ('status', models.CharField(choices=[('open', 'open'), ('paid', 'paid'), ('written_off', 'written off')], default='open', max_length=12, verbose_name='status')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='owed since')),
                ('due_at', models.DateTimeField(verbose_name='due at')),
                ('reminder_count', models.PositiveSmallIntegerField(default=0, verbose_name='reminders sent')),
                ('reminded_at', models.DateTimeField(blank=True, null=True, verbose_name='last reminded at')),
                ('suspended_until', models.DateTimeField(blank=True, help_text='how long the borrower may not borrow because of it', null=True, verbose_name='suspends until')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                ('write_off_reason', models.TextField(blank=True, verbose_name='reason of the write-off')),
            ],
            options={
                'verbose_name': 'receivable',
                'verbose_name_plural': 'receivables',
                'db_table': 'receivables',
                'ordering': ('due_at', 'pk'),
                'permissions': (('collect_receivable', 'Can collect receivables from wallets'), ('request_write_off', 'Can ask to write receivables off'), ('decide_write_off', 'Can decide on write-offs')),
                'default_permissions': ('view',),
            },
        ),
        migrations.RemoveConstraint(
            model_name='ticketline',
            name='ticket_line_has_status',
        ),
        migrations.AlterField(
            model_name='historicalticketline',
            name='status',
            field=models.CharField(choices=[('requested', 'requested'), ('reserved', 'reserved'), ('on_loan', 'on loan'), ('returned', 'returned'), ('inspected', 'inspected'), ('released', 'released'), ('lost', 'lost'), ('found', 'found again')], default='requested', editable=False, max_length=10, verbose_name='status'),
        ),
        migrations.AlterField(
            model_name='ticketline',
            name='status',
            field=models.CharField(choices=[('requested', 'requested'), ('reserved', 'reserved'), ('on_loan', 'on loan'), ('returned', 'returned'), ('inspected', 'inspected'), ('released', 'released'), ('lost', 'lost'), ('found', 'found again')], default='requested', editable=False, max_length=10, verbose_name='status'),
        ),
        migrations.AddConstraint(
            model_name='ticketline',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['requested', 'reserved', 'on_loan', 'returned', 'inspected', 'released', 'lost', 'found'])), name='ticket_line_has_status'),
        ),
        migrations.AddField(
            model_name='claim',
            name='disputed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='disputed by'),
        ),
        migrations.AddField(
            model_name='claim',
            name='line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='tickets.ticketline', verbose_name='line'),
        ),
        migrations.AddField(
            model_name='claim',
            name='opened_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='filed by'),
        ),
        migrations.AddField(
            model_name='claim',
            name='posting',
            field=models.OneToOneField(blank=True, editable=False, help_text='of a credit; what is charged is part of the settlement', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='paid_claim', to='wallets.ledgertransaction', verbose_name='posting'),
        ),
        migrations.AddField(
            model_name='historicalclaim',
            name='disputed_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='disputed by'),
        ),
        migrations.AddField(
            model_name='historicalclaim',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalclaim',
            name='line',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tickets.ticketline', verbose_name='line'),
        ),
        migrations.AddField(
            model_name='historicalclaim',
            name='opened_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='filed by'),
        ),
        migrations.AddField(
            model_name='historicalclaim',
            name='posting',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, help_text='of a credit; what is charged is part of the settlement', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='wallets.ledgertransaction', verbose_name='posting'),
        ),
        migrations.AddField(
            model_name='historicalreceivable',
            name='borrower',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='borrower'),
        ),
        migrations.AddField(
            model_name='historicalreceivable',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalreceivable',
            name='ticket',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tickets.ticket', verbose_name='ticket'),
        ),
        migrations.AddField(
            model_name='receivable',
            name='borrower',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='receivables', to=settings.AUTH_USER_MODEL, verbose_name='borrower'),
        ),
        migrations.AddField(
            model_name='receivable',
            name='ticket',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='receivable', to='tickets.ticket', verbose_name='ticket'),
        ),
        migrations.AddIndex(
            model_name='claim',
            index=models.Index(fields=['status', '-id'], name='claim_by_status'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['damage', 'loss', 'credit'])), name='claim_has_kind'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'returned', 'accepted', 'reduced', 'dismissed', 'withdrawn'])), name='claim_has_status'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(('estimate__gt', 0)), name='claim_has_estimate'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('amount__lte', models.F('estimate'))), name='claim_amount_within_estimate'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('status', 'accepted'), _negated=True), ('amount', models.F('estimate')), _connector='OR'), models.Q(models.Q(('status', 'reduced'), _negated=True), models.Q(('amount__lt', models.F('estimate')), models.Q(('amount_reason', ''), _negated=True)), _connector='OR')), name='claim_reduction_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(('description', ''), _negated=True), name='claim_has_description'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('status__in', ('open', 'returned'))), models.Q(models.Q(('status__in', ('open', 'returned')), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='claim_decided_has_moment'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('disputed_at__isnull', True), ('disputed_by__isnull', True)), models.Q(('disputed_at__isnull', False), ('disputed_by__isnull', False)), _connector='OR'), name='claim_dispute_has_person'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('dismissed', 'withdrawn')), _negated=True), fields=('line', 'kind'), name='claim_one_of_a_kind_each_line'),
        ),
        migrations.AddIndex(
            model_name='historicalclaim',
            index=models.Index(fields=['history_date', 'id'], name='ticket_clai_history_489b14_idx'),
        ),
        migrations.AddIndex(
            model_name='historicalreceivable',
            index=models.Index(fields=['history_date', 'id'], name='receivables_history_2f63d8_idx'),
        ),
        migrations.AddIndex(
            model_name='receivable',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['due_at'], name='receivable_open_by_age'),
        ),
        migrations.AddConstraint(
            model_name='receivable',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'paid', 'written_off'])), name='receivable_has_status'),
        ),
        migrations.AddConstraint(
            model_name='receivable',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='receivable_has_amount'),
        ),
        migrations.AddConstraint(
            model_name='receivable',
            constraint=models.CheckConstraint(condition=models.Q(('paid__gte', 0), ('paid__lte', models.F('amount'))), name='receivable_paid_within_amount'),
        ),
        migrations.AddConstraint(
            model_name='receivable',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('paid', models.F('amount')), ('status', 'paid')), models.Q(models.Q(('status', 'paid'), _negated=True), ('paid__lt', models.F('amount'))), _connector='OR'), name='receivable_paid_in_full'),
        ),
        migrations.AddConstraint(
            model_name='receivable',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('status', 'open')), models.Q(models.Q(('status', 'open'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='receivable_ended_has_moment'),
        ),
        migrations.RunSQL(CLAIMS_AND_DEBTS_STAY, CLAIMS_AND_DEBTS_MAY_GO),
    ]
