"""How people sign in: allauth's pages under our rules.

`adapters` bends allauth, `marks` is what a session knows, `middleware` ends sessions and keeps out
who has not shown a second factor, `recording` writes the audit log, `views` and `urls` are the
pages. Which roles need a second factor is in `apps.accounts.models.RolePolicy`.
"""
