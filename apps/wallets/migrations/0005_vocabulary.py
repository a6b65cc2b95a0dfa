"""More words: exchange wallets, general accounts, exchanged and imported transactions."""

from django.conf import settings
from django.db import migrations, models


WALLETS = """
DROP TRIGGER wallet_has_owner_or_role ON wallets;
CREATE TRIGGER wallet_has_owner_or_role AFTER INSERT OR UPDATE OF title, general_class ON wallets FOR EACH ROW
    WHEN ((NEW.role = 'general') <> (NEW.title <> '')
        OR (NEW.role = 'general') <> (NEW.general_class IN
            ('asset', 'liability', 'equity', 'income', 'expense'))
        OR (NEW.owner_id IS NULL) = (NEW.role = '') OR NEW.role NOT IN ('', 'cash', 'receivables',
        'escrow', 'payouts_in_transit', 'suspense', 'commission', 'late_fees', 'goodwill',
        'write_offs', 'rounding', 'opening', 'exchange', 'general'))
    EXECUTE FUNCTION ledger_refuses('wallet_has_owner_or_role',
        'a wallet has an owner, a place in the chart, or a title and a class');
"""

WALLETS_BEFORE = """
DROP TRIGGER wallet_has_owner_or_role ON wallets;
CREATE TRIGGER wallet_has_owner_or_role AFTER INSERT ON wallets FOR EACH ROW
    WHEN ((NEW.owner_id IS NULL) = (NEW.role = '') OR NEW.role NOT IN ('', 'cash', 'receivables',
        'escrow', 'payouts_in_transit', 'suspense', 'commission', 'late_fees', 'goodwill',
        'write_offs', 'rounding', 'opening'))
    EXECUTE FUNCTION ledger_refuses('wallet_has_owner_or_role',
        'a wallet has an owner or a place in the chart');
"""

class Migration(migrations.Migration):

    dependencies = [
        ('wallets', '0004_ledger_functions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='wallet',
            name='wallet_role_is_unique',
        ),
        migrations.AddField(
            model_name='historicalwallet',
            name='general_class',
            field=models.CharField(blank=True, choices=[('asset', 'asset'), ('liability', 'liability'), ('equity', 'equity'), ('income', 'income'), ('expense', 'expense')], db_default='', default='', max_length=9, verbose_name='class of a general account'),
        ),
        migrations.AddField(
            model_name='historicalwallet',
            name='title',
            field=models.CharField(blank=True, db_default='', default='', help_text='name of a general account', max_length=120, verbose_name='title'),
        ),
        migrations.AddField(
            model_name='wallet',
            name='general_class',
            field=models.CharField(blank=True, choices=[('asset', 'asset'), ('liability', 'liability'), ('equity', 'equity'), ('income', 'income'), ('expense', 'expense')], db_default='', default='', max_length=9, verbose_name='class of a general account'),
        ),
        migrations.AddField(
            model_name='wallet',
            name='title',
            field=models.CharField(blank=True, db_default='', default='', help_text='name of a general account', max_length=120, verbose_name='title'),
        ),
        migrations.AlterField(
            model_name='historicalreasoncode',
            name='contra_role',
            field=models.CharField(choices=[('cash', 'Cash at bank'), ('receivables', 'Receivables'), ('escrow', 'Escrow'), ('payouts_in_transit', 'Payouts in transit'), ('suspense', 'Suspense'), ('commission', 'Commission income'), ('late_fees', 'Late-fee income'), ('goodwill', 'Goodwill expense'), ('write_offs', 'Write-offs'), ('rounding', 'Rounding'), ('opening', 'Opening balances'), ('exchange', 'Exchange')], max_length=24, verbose_name='contra wallet'),
        ),
        migrations.AlterField(
            model_name='historicalwallet',
            name='role',
            field=models.CharField(blank=True, choices=[('cash', 'Cash at bank'), ('receivables', 'Receivables'), ('escrow', 'Escrow'), ('payouts_in_transit', 'Payouts in transit'), ('suspense', 'Suspense'), ('commission', 'Commission income'), ('late_fees', 'Late-fee income'), ('goodwill', 'Goodwill expense'), ('write_offs', 'Write-offs'), ('rounding', 'Rounding'), ('opening', 'Opening balances'), ('exchange', 'Exchange'), ('general', 'General account')], max_length=24, verbose_name='place in the chart'),
        ),
        migrations.AlterField(
            model_name='ledgertransaction',
            name='kind',
            field=models.CharField(choices=[('opening', 'opening balance'), ('capture', 'capture of a hold'), ('settlement', 'settlement of a ticket'), ('adjustment', 'adjustment'), ('transfer', 'transfer'), ('exchange', 'exchange of currencies'), ('import', 'imported journal'), ('reversal', 'reversal')], max_length=12, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='reasoncode',
            name='contra_role',
            field=models.CharField(choices=[('cash', 'Cash at bank'), ('receivables', 'Receivables'), ('escrow', 'Escrow'), ('payouts_in_transit', 'Payouts in transit'), ('suspense', 'Suspense'), ('commission', 'Commission income'), ('late_fees', 'Late-fee income'), ('goodwill', 'Goodwill expense'), ('write_offs', 'Write-offs'), ('rounding', 'Rounding'), ('opening', 'Opening balances'), ('exchange', 'Exchange')], max_length=24, verbose_name='contra wallet'),
        ),
        migrations.AlterField(
            model_name='wallet',
            name='role',
            field=models.CharField(blank=True, choices=[('cash', 'Cash at bank'), ('receivables', 'Receivables'), ('escrow', 'Escrow'), ('payouts_in_transit', 'Payouts in transit'), ('suspense', 'Suspense'), ('commission', 'Commission income'), ('late_fees', 'Late-fee income'), ('goodwill', 'Goodwill expense'), ('write_offs', 'Write-offs'), ('rounding', 'Rounding'), ('opening', 'Opening balances'), ('exchange', 'Exchange'), ('general', 'General account')], max_length=24, verbose_name='place in the chart'),
        ),
        migrations.AddConstraint(
            model_name='wallet',
            constraint=models.UniqueConstraint(condition=models.Q(('owner__isnull', True), models.Q(('role', 'general'), _negated=True)), fields=('role', 'currency'), name='wallet_role_is_unique'),
        ),
        migrations.RunSQL(WALLETS, WALLETS_BEFORE),
    ]
