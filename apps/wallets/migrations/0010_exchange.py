"""Exchanges: a row of terms for each, and the rules that tie it to its entries.

What looks at the row alone is a CHECK; few rows are written here, so their price does not matter.
What multiplies, or looks at wallets, is a trigger on the row, and what looks at all entries is a
deferred trigger on transactions of this one kind: other postings never call it. The triggers run as
the owner of the database, so that whoever may insert needs no leave to call what they call.
"""

import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

ARITHMETIC = """
-- How many decimals a currency of ISO 4217 has; a test compares it with what Python knows.
CREATE FUNCTION ledger_decimals(p_currency text) RETURNS int LANGUAGE sql IMMUTABLE
    RETURN CASE
        WHEN p_currency IN (
            'ADP', 'ALK', 'AOK', 'AON', 'AOR', 'BAN', 'BEC', 'BEL', 'BGM', 'BGO', 'BIF', 'BOL',
            'BUK', 'BYR', 'CLE', 'CLP', 'CSK', 'DDM', 'DJF', 'ECS', 'ESA', 'ESB', 'ESP', 'GEK',
            'GNF', 'GNS', 'GQE', 'GWE', 'ISK', 'ITL', 'JPY', 'KMF', 'KRH', 'KRO', 'KRW', 'LUC',
            'LUL', 'MDC', 'MGF', 'MKN', 'MLF', 'MTP', 'MVP', 'MXP', 'PEI', 'PTE', 'PYG', 'ROL',
            'RWF', 'SDP', 'SUR', 'TJR', 'TPE', 'TRL', 'UGS', 'UGX', 'UYI', 'VND', 'VNN', 'VUV',
            'XAF', 'XAG', 'XAU', 'XBA', 'XBB', 'XBC', 'XBD', 'XDR', 'XEU', 'XFO', 'XFU', 'XOF',
            'XPD', 'XPF', 'XPT', 'XRE', 'XSU', 'XTS', 'XUA', 'XXX', 'YDD') THEN 0
        WHEN p_currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
        WHEN p_currency IN ('CLF', 'UYW') THEN 4
        ELSE 2
    END;

-- What an amount is worth in another currency: exact, in minor units of both.
CREATE FUNCTION ledger_worth(p_amount bigint, p_rate numeric, p_from text, p_to text)
RETURNS numeric LANGUAGE sql IMMUTABLE
    RETURN p_amount * p_rate
        * ('1e' || (ledger_decimals(p_to) - ledger_decimals(p_from)))::numeric;
"""

NO_ARITHMETIC = """
DROP FUNCTION ledger_worth(bigint, numeric, text, text);
DROP FUNCTION ledger_decimals(text);
"""

RULES = """
-- The class of the account; people's wallets are what we owe them.
CREATE FUNCTION ledger_class(p_wallet wallets) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_wallet.role = '' THEN 'liability'
        WHEN p_wallet.role = 'general' THEN p_wallet.general_class
        WHEN p_wallet.role IN ('cash', 'receivables') THEN 'asset'
        WHEN p_wallet.role IN ('commission', 'late_fees') THEN 'income'
        WHEN p_wallet.role IN ('goodwill', 'write_offs', 'rounding') THEN 'expense'
        WHEN p_wallet.role IN ('opening', 'exchange') THEN 'equity'
        ELSE 'liability'
    END
$$;

-- The row belongs to an exchange of this moment, and to two wallets of one owner or one class.
CREATE FUNCTION ledger_exchange_fits() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    t ledger_transactions;
    s wallets;
    b wallets;
BEGIN
    SELECT * INTO t FROM ledger_transactions WHERE id = NEW.transaction_id;
    SELECT * INTO s FROM wallets WHERE id = NEW.sold_wallet_id;
    SELECT * INTO b FROM wallets WHERE id = NEW.bought_wallet_id;
    IF t.kind IS DISTINCT FROM 'exchange' THEN
        PERFORM ledger_refuse('exchange_belongs_to_exchange',
            'only a transaction of the kind exchange has terms of an exchange');
    ELSIF t.actor_id <> NEW.actor_id THEN
        PERFORM ledger_refuse('exchange_has_actor_of_transaction',
            'whoever posted the transaction exchanged');
    ELSIF (s.currency, b.currency) IS DISTINCT FROM (NEW.sold_currency, NEW.bought_currency) THEN
        PERFORM ledger_refuse('exchange_has_currency_of_wallets',
            'a wallet has another currency');
    ELSIF 'exchange' IN (s.role, b.role) THEN
        PERFORM ledger_refuse('exchange_is_between_other_wallets',
            'an exchange neither begins nor ends in an exchange wallet');
    ELSIF s.owner_id IS DISTINCT FROM b.owner_id OR ledger_class(s) <> ledger_class(b) THEN
        PERFORM ledger_refuse('exchange_stays_with_owner',
            'both wallets belong to one person, or to one class of the chart');
    ELSIF s.owner_id = NEW.actor_id THEN
        PERFORM ledger_refuse('exchange_is_not_own', 'nobody exchanges their own money');
    ELSIF s.owner_id IS NULL AND NEW.fee_amount > 0 THEN
        PERFORM ledger_refuse('exchange_fee_is_of_people', 'the house pays itself no commission');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exchange_fits BEFORE INSERT ON ledger_exchanges FOR EACH ROW
    EXECUTE FUNCTION ledger_exchange_fits();

-- Half up: the computed side less its exact value is above -1/2 and at most 1/2. Where the amount
-- sold was computed, both sides of that are multiplied by the rate, so that nothing is divided.
CREATE FUNCTION ledger_exchange_follows_rate() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_worth numeric := ledger_worth(
        NEW.sold_amount, NEW.rate, NEW.sold_currency, NEW.bought_currency);
    v_unit numeric := ledger_worth(1, NEW.rate, NEW.sold_currency, NEW.bought_currency);
    v_twice_off numeric := 2 * (NEW.bought_amount - v_worth);
BEGIN
    IF NEW.unrounded <> v_worth
        OR NEW.given = 'sold' AND (v_twice_off <= -1 OR v_twice_off > 1)
        OR NEW.given = 'bought' AND (-v_twice_off <= -v_unit OR -v_twice_off > v_unit)
    THEN
        PERFORM ledger_refuse('exchange_follows_rate',
            'the amounts do not follow from the rate and the rounding');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER exchange_follows_rate AFTER INSERT ON ledger_exchanges FOR EACH ROW
    EXECUTE FUNCTION ledger_exchange_follows_rate();

CREATE TRIGGER exchanges_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_exchanges
    EXECUTE FUNCTION ledger_refuses('exchanges_are_append_only',
        'reverse the transaction instead');

-- The entries that follow from the terms. What leaves an account of assets or expenses is a credit.
CREATE FUNCTION ledger_exchange_entries(x ledger_exchanges)
RETURNS TABLE (wallet_id bigint, amount bigint) LANGUAGE sql STABLE AS $$
    WITH terms AS (
        SELECT CASE WHEN ledger_class(s) IN ('asset', 'expense') THEN -1 ELSE 1 END AS sign,
            CASE x.fee_side WHEN 'sold' THEN x.fee_amount ELSE 0 END AS fee_sold,
            CASE x.fee_side WHEN 'bought' THEN x.fee_amount ELSE 0 END AS fee_bought
        FROM wallets s WHERE s.id = x.sold_wallet_id
    )
    SELECT x.sold_wallet_id, -sign * (x.sold_amount + fee_sold) FROM terms
    UNION ALL
    SELECT w.id, sign * x.sold_amount FROM terms, wallets w
    WHERE w.role = 'exchange' AND w.currency = x.sold_currency
    UNION ALL
    SELECT w.id, -sign * x.bought_amount FROM terms, wallets w
    WHERE w.role = 'exchange' AND w.currency = x.bought_currency
    UNION ALL
    SELECT x.bought_wallet_id, sign * (x.bought_amount - fee_bought) FROM terms
    UNION ALL
    SELECT w.id, x.fee_amount FROM wallets w
    WHERE x.fee_amount > 0 AND w.role = 'commission' AND w.currency =
        CASE x.fee_side WHEN 'sold' THEN x.sold_currency ELSE x.bought_currency END
$$;

-- At the latest at commit: an exchange has its terms, and exactly the entries that follow.
CREATE FUNCTION ledger_exchange_is_whole() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    x ledger_exchanges;
BEGIN
    SELECT * INTO x FROM ledger_exchanges WHERE transaction_id = NEW.id;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('exchange_has_terms', 'an exchange without rate and reason');
    ELSIF EXISTS (
        (SELECT e.wallet_id, e.amount FROM ledger_entries e WHERE e.transaction_id = NEW.id
            EXCEPT ALL SELECT * FROM ledger_exchange_entries(x))
        UNION ALL
        (SELECT * FROM ledger_exchange_entries(x) EXCEPT ALL
            SELECT e.wallet_id, e.amount FROM ledger_entries e WHERE e.transaction_id = NEW.id)
    ) THEN
        PERFORM ledger_refuse('exchange_goes_through_exchange_wallets',
            'the entries are not those that follow from the terms');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER exchange_is_whole AFTER INSERT ON ledger_transactions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'exchange')
    EXECUTE FUNCTION ledger_exchange_is_whole();
"""

NO_RULES = """
DROP TRIGGER exchange_is_whole ON ledger_transactions;
DROP FUNCTION ledger_exchange_is_whole();
DROP FUNCTION ledger_exchange_entries(ledger_exchanges);
DROP TRIGGER exchanges_are_append_only ON ledger_exchanges;
DROP TRIGGER exchange_follows_rate ON ledger_exchanges;
DROP FUNCTION ledger_exchange_follows_rate();
DROP TRIGGER exchange_fits ON ledger_exchanges;
DROP FUNCTION ledger_exchange_fits();
DROP FUNCTION ledger_class(wallets);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('wallets', '0009_balances'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Exchange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sold_currency', models.CharField(max_length=3, verbose_name='currency sold')),
                ('bought_currency', models.CharField(max_length=3, verbose_name='currency bought')),
                ('sold_amount', models.BigIntegerField(help_text='minor units, without the fee', verbose_name='sold')),
                ('bought_amount', models.BigIntegerField(help_text='minor units, before the fee is taken', verbose_name='bought')),
                ('given', models.CharField(choices=[('sold', 'what is given'), ('bought', 'what arrives')], help_text='the side that was given; the other one was computed', max_length=6, verbose_name='amount agreed on')),
                ('rate', models.DecimalField(decimal_places=12, help_text='units of the currency bought for one unit of the currency sold', max_digits=22, verbose_name='rate')),
                ('rate_source', models.CharField(blank=True, max_length=254, verbose_name='source of the rate')),
                ('rounding', models.CharField(choices=[('half_up', 'half up to the minor unit')], default='half_up', max_length=8, verbose_name='rounding')),
                ('unrounded', models.DecimalField(decimal_places=16, help_text='what the amount sold is worth, in minor units of the currency bought', max_digits=36, verbose_name='unrounded')),
                ('fee_amount', models.BigIntegerField(default=0, verbose_name='fee')),
                ('fee_side', models.CharField(blank=True, choices=[('sold', 'what is given'), ('bought', 'what arrives')], default='', max_length=6, verbose_name='fee taken from')),
                ('reason', models.CharField(max_length=2000, verbose_name='reason')),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='actor')),
                ('bought_wallet', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wallets.wallet')),
                ('sold_wallet', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wallets.wallet')),
                ('transaction', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='exchange', to='wallets.ledgertransaction', verbose_name='transaction')),
            ],
            options={
                'verbose_name': 'exchange',
                'verbose_name_plural': 'exchanges',
                'db_table': 'ledger_exchanges',
                'ordering': ('-id',),
                'permissions': (('exchange_money', 'Can exchange money between currencies'),),
                'default_permissions': (),
                'indexes': [models.Index(fields=['sold_currency', 'bought_currency', 'id'], name='exchange_by_currencies')],
                'constraints': [models.CheckConstraint(condition=models.Q(('sold_currency', models.F('bought_currency')), _negated=True), name='exchange_has_two_currencies'), models.CheckConstraint(condition=models.Q(('bought_amount__range', (1, 1000000000000000)), ('sold_amount__range', (1, 1000000000000000))), name='exchange_amounts_are_positive'), models.CheckConstraint(condition=models.Q(('rate__range', (Decimal('1E-9'), Decimal('1000000000')))), name='exchange_rate_is_plausible'), models.CheckConstraint(condition=models.Q(('given__in', ['sold', 'bought']), ('rounding__in', ['half_up'])), name='exchange_rule_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('fee_amount', 0), ('fee_side', '')), models.Q(('fee_amount__range', (1, 1000000000000000)), ('fee_side', 'sold')), models.Q(('fee_amount__gt', 0), ('fee_amount__lt', models.F('bought_amount')), ('fee_side', 'bought')), _connector='OR'), name='exchange_fee_leaves_something'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='exchange_has_reason')],
            },
        ),
        migrations.RunSQL(ARITHMETIC, NO_ARITHMETIC),
        migrations.RunSQL(RULES, NO_RULES),
    ]
