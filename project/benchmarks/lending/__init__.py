"""Lending: how long it takes to say what is free, beside the bare SQL of the same question."""
