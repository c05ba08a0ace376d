"""The lake of a project as DuckDB reads it, for the programs that recompute figures."""

import json

import duckdb
from deltalake import DeltaTable


def open_lake(project, codelists, as_of):
    """A connection with a view of every table of the lake at the version of current.json, and the table `cases`.

    `cases` has each request that had come in by the observation date, with the day it came in (`came`), the day it ended if that had
    happened by then (`ended`), whether it was executed, its scope and the kind of its instrument.
    """
    db = duckdb.connect()
    for table, version in json.load(open(f"{project}/lake/current.json"))["tables"].items():
        paths = DeltaTable(f"{project}/lake/{table}", version=version).file_uris()
        if paths:
            db.execute(f"create view {table} as select * from read_parquet({paths!r})")
    for codelist in ["outcomes", "instruments"]:
        db.execute(f"create view {codelist} as select * from read_csv('{codelists}/{codelist}.csv', header=true, all_varchar=true)")
    db.execute(
        f"""
        create table cases as
        select r.*, if(r.family = 'police', 'police', 'judicial') as scope,
               if(r.direction = 'incoming', r.received_on, r.transmitted_on) as came,
               if(o.resolves = 'yes' and r.completed_on <= date '{as_of}', r.completed_on, null) as ended,
               ended is not null and o.executes = 'yes' as executed,
               i.kind as instrument_kind
        from requests r left join outcomes o on o.code = r.outcome left join instruments i on i.code = r.instrument
        where if(r.direction = 'incoming', r.received_on, r.transmitted_on) <= date '{as_of}'
        """
    )
    return db
