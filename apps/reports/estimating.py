"""How many rows a report will have, guessed by the planner of the database without reading them."""

import json

from apps.reports.report import Answers, Query, Report


def rows_of(report: Report, answers: Answers) -> int:
    """Return about how many rows the answer has."""
    query = report.query(answers)
    plan = Query(f"EXPLAIN (FORMAT JSON) {query.sql}", query.parameters).rows()[0][0]
    described = json.loads(plan) if isinstance(plan, str) else plan
    return int(described[0]["Plan"]["Plan Rows"])
