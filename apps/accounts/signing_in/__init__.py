"""How people sign in: allauth's pages under our rules.

`adapters` bends allauth, `marks` is what a session knows, `middleware` ends sessions and keeps out
who has not shown a second factor, `recording` writes the audit log, `views` and `urls` are the
pages. `stepping_up` asks people again who they are, `single_sign_on` lets a provider answer for
them. Which roles need a second factor is in `apps.accounts.models.RolePolicy`.
"""
