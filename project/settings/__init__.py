"""Settings: `base` for all, then `dev`, `test` and `prod`; every variable is read in `env`."""
