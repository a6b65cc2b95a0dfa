"""Where programs and people meet: consent, tokens, and what there is to know."""
