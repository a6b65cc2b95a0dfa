"""Runs the deployment without containers and looks whether it does what it must.

`python -m deploy.smoke`: the commands, environments and health checks are those of compose.yml,
the proxy's configuration is the rendered template, and the secrets come from files.
"""
