"""`manage.py torture`: whether money survives whatever is killed, and is moved once.

A PostgreSQL, a broker and a worker of its own, in a temporary folder, under the load of a few
clients. Each client writes a request into its journal, sends it through `apps.wallets.services`,
and writes the answer into the journal, forced to the disk, before it goes on. Then something is
killed with signal 9: a client, the worker, PostgreSQL. Clients that got no answer ask again with
the same key. After every kill an auditor, which knows SQL and the journals and nothing else,
compares both: what was answered is in the books, what was refused is not, what is in doubt is
there wholly or not at all, and nothing is there twice or that nobody asked for.

    plan.py      what a client asks for next, out of the seed
    journal.py   what was asked and answered, whatever dies
    client.py    a process that asks
    stage.py     servers, people and their money
    books.py     a process that runs the office's own checks
    audit.py     the comparison
    drill.py     load, kill, recover, compare; again and again
    report.py    the figures
"""
