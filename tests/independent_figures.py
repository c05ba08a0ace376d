"""Recomputes the main marts of a project from its lake with DuckDB, in other words than the measures, and compares every figure.

Usage: independent_figures.py PROJECT CODELISTS AS_OF STATE. Prints the number of figures compared for each measure; fails on the first difference.
"""

import math
import os
import sys

from independent_lake import open_lake

project, codelists, as_of, state = sys.argv[1:5]
db = open_lake(project, codelists, as_of)
first, last = db.sql("select year(min(came)) from cases").fetchall()[0][0], int(as_of[:4])


def mart(name):
    relation = db.sql(f"select * from read_parquet('{project}/marts/{name}.parquet')")
    columns = relation.columns
    dimensions = columns[: columns.index("value")]
    return {tuple(row[: len(dimensions)]): row[len(dimensions)] for row in relation.fetchall()}


def compare(name, expected):
    figures = mart(name)
    for cell, value in expected.items():
        if cell not in figures:
            assert value in (0, None), (name, cell, value, "is missing in the mart")
            continue
        found = figures[cell]
        same = found == value if value is None or found is None else math.isclose(found, value, rel_tol=1e-12, abs_tol=1e-9)
        assert same, (name, cell, "mart", found, "DuckDB", value)
    print(name, len(expected))


def flows(name, dimension):
    """Stocks and flows by direction and one further dimension, counted day by day rather than by year."""
    expected = {}
    for year in range(first, last + 1):
        start, end = f"{year}-01-01", min(f"{year}-12-31", as_of)
        extra = f", {dimension}" if dimension else ""
        rows = db.sql(
            f"""
            select scope, direction{extra},
                   count(*) filter (came < date '{start}' and (ended is null or ended >= date '{start}')),
                   count(*) filter (came between date '{start}' and date '{end}'),
                   count(*) filter (ended between date '{start}' and date '{end}'),
                   count(*) filter (came <= date '{end}' and (ended is null or ended > date '{end}'))
            from cases group by all
            """
        ).fetchall()
        days = 365 if end.endswith("12-31") else (db.sql(f"select date '{end}' - date '{start}' + 1").fetchall()[0][0])
        for *key, pending_start, entered, resolved, pending_end in rows:
            figures = {
                "pending_start": pending_start,
                "entered": entered,
                "resolved": resolved,
                "pending_end": pending_end,
                "clearance_rate": 100 * resolved / entered if entered else None,
                "disposition_time": pending_end / resolved * days if resolved else None,
            }
            for indicator, value in figures.items():
                expected[(*key, str(year), indicator)] = value
    compare(name, expected)


flows("flows", "")
flows("flows_by_state", "counterpart")
flows("flows_by_form", "family, form")

expected = {}
for grouping in ["counterpart, form", "counterpart", "form", ""]:
    extra = f", {grouping}" if grouping else ""
    for row in db.sql(
        f"""
        select scope, direction, {"counterpart" if "counterpart" in grouping else "'_T'"}, {"form" if "form" in grouping else "'_T'"},
               cast(year(ended) as varchar), count(*), avg(ended - came), quantile_cont(ended - came, 0.1), quantile_cont(ended - came, 0.5), quantile_cont(ended - came, 0.9)
        from cases where ended is not null group by scope, direction, year(ended){extra}
        """
    ).fetchall():
        key, figures = row[:5], row[5:]
        expected.update({(*key, name): value for name, value in zip(["resolved", "mean_days", "p10_days", "median_days", "p90_days"], figures)})
compare("turnaround", expected)

compare(
    "treaty_usage",
    {
        (direction, kind, instrument, str(year), "entered"): count
        for direction, kind, instrument, year, count in db.sql(
            "select direction, coalesce(instrument_kind, 'not_stated'), coalesce(instrument, 'not_stated'), year(came), count(*) "
            "from cases where scope = 'judicial' group by all"
        ).fetchall()
    },
)

compare(
    "channels",
    {
        (scope, direction, channel, str(year), "entered"): count
        for scope, direction, channel, year, count in db.sql(
            "select scope, direction, coalesce(channel, 'not_stated'), year(came), count(*) from cases group by all"
        ).fetchall()
    },
)

expected = {}
for year in range(first, last + 1):
    end = min(f"{year}-12-31", as_of)
    for scope, direction, age, count in db.sql(
        f"select scope, direction, least(date_sub('year', came, date '{end}'), 3), count(*) from cases "
        f"where came <= date '{end}' and (ended is null or ended > date '{end}') group by all"
    ).fetchall():
        band = ["under_1_year", "1_to_2_years", "2_to_3_years", "3_years_or_more"][age]
        expected[(scope, direction, band, str(year), "pending_end")] = count
compare("pending_age", expected)

expected = {}
for year in range(first, last + 1):
    start, end = f"{year}-01-01", min(f"{year}-12-31", as_of)
    for authority, *figures in db.sql(
        f"""
        select authority,
               count(*) filter (role = 'initiated' and opened_on between date '{start}' and date '{end}'),
               count(*) filter (role = 'initiated' and opened_on between date '{start}' and date '{end}'
                                and len(list_filter(list_distinct(countries), lambda c: c <> '{state}')) = 1),
               count(*) filter (role = 'initiated' and opened_on < date '{start}' and (closed_on is null or closed_on >= date '{start}')),
               count(*) filter (role = 'participating' and opened_on between date '{start}' and date '{end}'),
               count(*) filter (role = 'participating' and opened_on < date '{start}' and (closed_on is null or closed_on >= date '{start}'))
        from eurojust_cases group by authority
        """
    ).fetchall():
        names = ["new", "new_2_countries", "ongoing", "participation_new", "participation_ongoing"]
        expected.update({(authority, str(year), name): value for name, value in zip(names, figures)})
    for authority, meetings, jits in db.sql(
        f"select authority, count(*) filter (kind = 'coordination_meeting'), count(*) filter (kind = 'jit_supported') "
        f"from eurojust_activities where held_on between date '{start}' and date '{end}' group by authority"
    ).fetchall():
        expected[(authority, str(year), "coordination_meetings")] = meetings
        expected[(authority, str(year), "jits")] = jits
compare("eurojust_desk", expected)

# Month by month, from the first of the month to its last day or the observation date.
expected = {}
first = db.sql(f"select year(min(received_on)) from ejn_requests where received_on <= date '{as_of}'").fetchall()[0][0]
directions = [row[0] for row in db.sql(f"select distinct direction from ejn_requests where received_on <= date '{as_of}'").fetchall()]
for year in range(first, last + 1):
    for month in range(1, 13):
        start = f"{year}-{month:02}-01"
        counts = dict.fromkeys(directions, 0) | dict(
            db.sql(
                f"select direction, count(*) from ejn_requests where received_on >= date '{start}' "
                f"and received_on < date '{start}' + interval 1 month and received_on <= date '{as_of}' group by all"
            ).fetchall()
        )
        counts["_T"] = sum(counts.values())
        for direction, count in counts.items():
            expected[(direction, f"{month:02}", str(year), "entered")] = count if start <= as_of else None
compare("ejn_months", expected)

# Without the libraries' own teardown: their threads now and then abort the process after everything is done.
sys.stdout.flush()
os._exit(0)
