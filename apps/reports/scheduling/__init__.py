"""Schedules: kept by people, fired by the clock.

`keeping` is what people do, `firing` what a worker does each minute, `tasks` the doorbell.
"""
