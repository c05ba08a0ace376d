"""Recomputes every figure of the contribution on chapters 23 and 24 from the project's lake with DuckDB, in other words than the measures,
and compares it with the tables that the edition publishes, as JSON and as CSV.

Usage: independent_contribution.py PROJECT CODELISTS AS_OF STATE EDITION. Prints the number of figures compared for each table that has any; fails on the first difference,
on a row or column too many or too few, and on a table that is not recomputed.
"""

import csv
import json
import math
import os
import sys

from independent_lake import open_lake

project, codelists, as_of, state, edition = sys.argv[1:6]
db = open_lake(project, codelists, as_of)
this_year = int(as_of[:4])
NOT_APPLICABLE, NOT_AVAILABLE = "not_applicable", "not_available"
DIRECTIONS = ["incoming", "outgoing"]
compared = set()


def values(sql):
    return [row[0] for row in db.sql(sql).fetchall()]


def one(sql, names):
    """The first row of an answer by the names of its figures; NULL is what has no meaning."""
    figures = db.sql(sql).fetchall()[0]
    return {name: NOT_APPLICABLE if figure is None else figure for name, figure in zip(names, figures)}


def bounds(year):
    return f"date '{year}-01-01'", f"date '{min(f'{year}-12-31', as_of)}'"


def same(found, expected):
    if isinstance(expected, str) or isinstance(found, str):
        return found == expected
    return math.isclose(found, expected, rel_tol=1e-12, abs_tol=1e-9)


def published(name):
    """The cells of a table, by row keys and column; a missing number as its reason. The CSV file has the same."""
    table = json.load(open(f"{edition}/tables/{name}.json"))
    columns = [column["name"] for column in table["columns"]]
    cells = {}
    for row in table["rows"]:
        figures = [cell["value"].get("number", cell["value"].get("missing")) for cell in row["cells"]]
        cells[tuple(row["keys"])] = dict(zip(columns, figures))
    for record in csv.DictReader(open(f"{edition}/tables/{name}.csv", encoding="utf-8")):
        keys = tuple(record[dimension] for dimension in table["row_dimensions"])
        for column in columns:
            in_csv = float(record[column]) if record[column] else record[f"{column}_status"]
            assert same(in_csv, cells[keys][column]), (name, keys, column, "CSV", in_csv, "JSON", cells[keys][column])
    return cells


def compare(name, expected):
    found = published(name)
    assert set(found) == set(expected), (name, "rows", sorted(set(found) ^ set(expected)))
    for keys, figures in expected.items():
        assert set(found[keys]) == set(figures), (name, keys, "columns", set(found[keys]) ^ set(figures))
        for column, figure in figures.items():
            assert same(found[keys][column], figure), (name, keys, column, "edition", found[keys][column], "DuckDB", figure)
    compared.add(name)
    if expected:
        print(name, sum(map(len, expected.values())))


def ranked(name, codes, by, most, others):
    """The rows of a ranking among `codes`: as many as fit, none smaller than one left out; the key `_O` stands for the others."""
    shown = [keys[0] for keys in published(name) if keys[0] in codes]
    left_out = [code for code in codes if code not in shown]
    assert len(shown) == min(most, len(codes)), (name, shown)
    if left_out:
        assert min(map(by, shown)) >= max(map(by, left_out)), (name, left_out)
    return shown, left_out if others else []


# Flows, execution, turnaround --------------------------------------------------------------------------------------------------

first = values("select year(min(came)) from cases")[0]
years = range(first, this_year + 1)
known_directions = values("select distinct direction from cases where scope = 'judicial'")

expected = {}
for direction in known_directions:
    for year in years:
        start, end = bounds(year)
        expected[(direction, str(year))] = one(
            f"""
            select count(*) filter (came < {start} and coalesce(ended, date '9999-12-31') >= {start}),
                   count(*) filter (came between {start} and {end}) as entered,
                   count(*) filter (ended between {start} and {end}) as resolved,
                   count(*) filter (came <= {end} and coalesce(ended, date '9999-12-31') > {end}),
                   100.0 * resolved / nullif(entered, 0)
            from cases where scope = 'judicial' and direction = '{direction}'
            """,
            ["pending_start", "entered", "resolved", "pending_end", "clearance_rate"],
        )
compare("flows", expected)

EXECUTION = ["entered", "executed", "not_executed", "still_pending", "execution_rate"]
EXECUTED = """
    count(*), count(*) filter (executed), count(*) filter (ended is not null and not executed), count(*) filter (ended is null),
    100.0 * count(*) filter (executed) / nullif(count(*), 0)
"""


def cohort(condition):
    """What had become of the judicial requests that fit."""
    return one(f"select {EXECUTED} from cases where scope = 'judicial' and {condition}", EXECUTION)


compare(
    "executions",
    {
        (direction, str(year)): cohort(f"direction = '{direction}' and year(came) = {year}")
        for direction in known_directions
        for year in years
    },
)

for direction, suffix in zip(DIRECTIONS, ["received", "sent"]):
    of_year = f"direction = '{direction}' and year(came) = {this_year}"
    states = values(f"select distinct counterpart from cases where scope = 'judicial' and direction = '{direction}'")
    shown, others = ranked(f"states_{suffix}", states, lambda code: cohort(f"{of_year} and counterpart = '{code}'")["entered"], 20, True)
    expected = {(code,): cohort(f"{of_year} and counterpart = '{code}'") for code in shown}
    expected[("_T",)] = cohort(of_year)
    if others:
        expected[("_O",)] = {**cohort(f"{of_year} and counterpart in {tuple(others) + ('',)}"), "execution_rate": NOT_APPLICABLE}
    compare(f"states_{suffix}", expected)

    forms = values(f"select distinct form from cases where scope = 'judicial' and direction = '{direction}'")
    expected = {(form,): cohort(f"{of_year} and form = '{form}'") for form in forms}
    compare(f"forms_{suffix}", {**expected, ("_T",): cohort(of_year)})

NOTHING = dict.fromkeys(EXECUTION, 0) | {"execution_rate": NOT_APPLICABLE}
for name, dimension in [("states_years", "counterpart"), ("forms_years", "form")]:
    found = {
        (direction, code, year): dict(zip(EXECUTION, figures))
        for direction, code, year, *figures in db.sql(
            f"select direction, {dimension}, cast(year(came) as varchar), {EXECUTED} from cases where scope = 'judicial' group by all"
        ).fetchall()
    }
    parts = {keys[:2] for keys in found}
    compare(name, {(*part, str(year)): found.get((*part, str(year)), NOTHING) for part in parts for year in years})

days = "count(*), avg(ended - came), quantile_cont(ended - came, 0.5)"
for name, dimension in [("turnaround", "cast(year(ended) as varchar)"), ("turnaround_forms", "form")]:
    latest = f"and year(ended) = {this_year}" if dimension == "form" else ""
    rows = db.sql(
        f"select direction, {dimension}, {days} from cases where scope = 'judicial' and ended is not null {latest} group by 1, 2"
    ).fetchall()
    compare(name, {row[:2]: dict(zip(["resolved", "mean_days", "median_days"], row[2:])) for row in rows})

# Track record ------------------------------------------------------------------------------------------------------------------

offences = values(
    "select distinct unnest(if(len(coalesce(offences, [])) = 0, ['not_stated'], offences)) from cases where scope = 'judicial'"
) + ["_T"]


def concerned(offence):
    if offence == "_T":
        return "true"
    return "len(coalesce(offences, [])) = 0" if offence == "not_stated" else f"list_contains(offences, '{offence}')"


def track_record(offence, year):
    figures = {}
    for direction, name in zip(DIRECTIONS, ["received", "sent"]):
        found = cohort(f"direction = '{direction}' and year(came) = {year} and {concerned(offence)}")
        figures |= {name: found["entered"], f"{name}_executed": found["executed"], f"{name}_pending": found["still_pending"]}
    return figures


ABSENT = ["investigations", "indictments", "first_instance_convictions", "final_convictions", "seizures_confiscations"]
record = {(offence, str(year)): track_record(offence, year) for offence in offences for year in years}
compare("track_record_years", record)
compare(
    "track_record",
    {(offence,): record[(offence, str(this_year))] | dict.fromkeys(ABSENT, NOT_AVAILABLE) for offence in offences},
)
for name in ["received", "sent"]:
    compare(
        f"track_record_{name}",
        {(offence,): {str(year): record[(offence, str(year))][name] for year in years} for offence in offences},
    )

# Instruments of the Union ------------------------------------------------------------------------------------------------------


def codelist(name):
    return list(csv.DictReader(open(f"{codelists}/{name}.csv", encoding="utf-8")))


membership = next(row for row in codelist("states") if row["code"] == state)
instruments = codelist("mutual_recognition")
all_forms = [form for row in instruments for form in row["forms"].split()]


def days_of_application(instrument):
    """The first and the last day on which an instrument applies to the State, or nothing."""
    if not membership["eu_from"] or state in instrument["not_bound"].split():
        return None
    return max(instrument["applies_from"], membership["eu_from"]), membership["eu_to"] or "9999-12-31"


def registrations(instrument, year):
    """Direction and day of entry of the requests under an instrument in a year."""
    named = instrument["forms"].split()
    rows = db.sql(
        f"""
        select direction, cast(came as varchar) from cases where scope = 'judicial' and year(came) = {year}
        and (form in {tuple(named) + ('',)} or (form not in {tuple(all_forms) + ('',)} and instrument = '{instrument["code"]}'))
        """
    )
    return rows.fetchall()


def mutual_recognition(instrument, year):
    applies = days_of_application(instrument)
    requests = registrations(instrument, year)
    outside = [day for _, day in requests if applies is None or not applies[0] <= day <= applies[1]]
    is_applicable = applies is not None and applies[0] <= min(f"{year}-12-31", as_of) and applies[1] >= f"{year}-01-01"
    counts = {
        "registered": len(requests),
        "received": sum(direction == "incoming" for direction, _ in requests),
        "sent": sum(direction == "outgoing" for direction, _ in requests),
    }
    figures = {name: count if count or is_applicable else NOT_APPLICABLE for name, count in counts.items()}
    return figures | {"outside": len(outside)}


compare(
    "mutual_recognition_latest",
    {(instrument["code"],): mutual_recognition(instrument, this_year) for instrument in instruments},
)
compare(
    "mutual_recognition",
    {
        (instrument["code"],): {str(year): mutual_recognition(instrument, year)["registered"] for year in years}
        for instrument in instruments
    },
)

# Eurojust, EJN, activities -----------------------------------------------------------------------------------------------------

first_desk_year = values(
    f"select year(min(day)) from (select opened_on as day from eurojust_cases union all select held_on from eurojust_activities) where day <= date '{as_of}'"
)[0]
desks = values("select distinct authority from eurojust_cases union select distinct authority from eurojust_activities")
expected = {}
for desk in desks:
    for year in range(first_desk_year, this_year + 1):
        start, end = bounds(year)
        cases = f"eurojust_cases where authority = '{desk}' and opened_on between {start} and {end}"
        meetings = f"eurojust_activities where authority = '{desk}' and held_on between {start} and {end}"
        expected[(desk, str(year))] = {
            "new": values(f"select count(*) from {cases} and role = 'initiated'")[0],
            "participation_new": values(f"select count(*) from {cases} and role = 'participating'")[0],
            "coordination_meetings": values(f"select count(*) from {meetings} and kind = 'coordination_meeting'")[0],
            "jits": values(f"select count(*) from {meetings} and kind = 'jit_supported'")[0],
        }
compare("eurojust", expected)

opened = f"eurojust_cases where opened_on <= date '{as_of}'"
others = f"list_filter(coalesce(countries, []), lambda c: c <> '{state}')"
partners = values(f"select distinct unnest(if(len({others}) = 0, ['not_stated'], {others})) from {opened}")
roles = values(f"select distinct role from {opened}")


def new_cases(partner):
    concerns = {"_T": "true", "not_stated": f"len({others}) = 0"}.get(partner, f"list_contains({others}, '{partner}')")
    return {
        role: values(f"select count(*) from {opened} and year(opened_on) = {this_year} and role = '{role}' and {concerns}")[0]
        for role in roles
    }


named = [partner for partner in partners if partner != "not_stated"]
shown, _ = ranked("eurojust_partners", named, lambda code: sum(new_cases(code).values()), 20, False)
unranked = ["_T"] + [partner for partner in partners if partner == "not_stated"]
compare("eurojust_partners", {(partner,): new_cases(partner) for partner in shown + unranked})

came = f"ejn_requests where received_on <= date '{as_of}'"
ejn_years = range(values(f"select year(min(received_on)) from {came}")[0], this_year + 1)
compare(
    "ejn",
    {
        (direction,): {
            str(year): values(f"select count(*) from {came} and year(received_on) = {year} and '{direction}' in (direction, '_T')")[0]
            for year in ejn_years
        }
        for direction in values(f"select distinct direction from {came}") + ["_T"]
    },
)

begun = f"activities where begun_on <= date '{as_of}'"
first_year = values(f"select coalesce(min(year(begun_on)) filter (kind <> 'memorandum'), min(year(begun_on))) from {begun}")[0]
compare(
    "activities",
    {
        (kind,): {
            str(year): values(f"select count(*) from {begun} and year(begun_on) = {year} and '{kind}' in (kind, '_T')")[0]
            for year in range(first_year, this_year + 1)
        }
        for kind in values(f"select distinct kind from {begun}") + ["_T"]
    },
)

signed = f"{begun} and kind = 'memorandum'"
is_signed = values(f"select count(*) from {signed}")[0] > 0
listed = "if(len(coalesce(counterparts, [])) = 0, ['not_stated'], counterparts)"
compare(
    "memoranda",
    {
        (counterpart,): one(
            f"select count(*) filter (year(begun_on) = {this_year}), count(*) filter (coalesce(ended_on, date '9999-12-31') >= date '{as_of}') "
            f"from {signed} and ('{counterpart}' = '_T' or list_contains({listed}, '{counterpart}'))",
            ["concluded", "in_force"],
        )
        for counterpart in values(f"select distinct unnest({listed}) from {signed}") + ["_T"] * is_signed
    },
)

tables = {name.removesuffix(".json") for name in os.listdir(f"{edition}/tables") if name.endswith(".json")}
assert tables == compared, ("not recomputed", tables ^ compared)

# Without the libraries' own teardown: their threads now and then abort the process after everything is done.
sys.stdout.flush()
os._exit(0)
