"""The annual report as a data engineer would script it with DuckDB, pandas, matplotlib, XlsxWriter and typst: what benches/edition.py holds `rogatory
run` against.

    benches/data_engineer.py PROJECT SOURCE...

Reads the CSV exports of the named sources, maps their spellings to codes, parses dates, sets faulty and repeated rows aside, writes the rest as
Parquet, computes the figures of requests, and writes out/: tables as CSV and in one workbook, ten charts as SVG and PNG, index.html and report.pdf.
It does less than the program: one export per source, no lineage, no data sets beside requests, no reasons with line numbers, no text alternatives,
one language.
"""

import csv
import sys
import tomllib
from itertools import islice
from pathlib import Path

import duckdb
import matplotlib
import pandas as pd
import typst

matplotlib.use("Agg")
import matplotlib.pyplot as plt

ROOT = Path(__file__).resolve().parent.parent
CODELISTS = {
    "direction": "directions",
    "counterpart": "states",
    "form": "forms",
    "instrument": "instruments",
    "channel": "channels",
    "outcome": "outcomes",
    "refusal_ground": "refusal_grounds",
}
DATES = ["received_on", "transmitted_on", "completed_on"]
FORMATS = {"dd.mm.yyyy": "%d.%m.%Y", "yyyy-mm-dd": "%Y-%m-%d"}
# Windows-1250 has the Romanian letters with a cedilla only.
COMMAS = str.maketrans("ţşŢŞ", "țșȚȘ")
FIGURES = ["flows", "flows_by_state", "flows_by_form", "turnaround", "executions", "treaty_usage", "channels", "outcomes", "refusals", "pending_age"]


def fold(column):
    return f"lower(strip_accents(trim({column})))"


def quoted(header):
    return f'"{header}"'


def read_codelists(db):
    """Every codelist as a table, and every spelling of a code in one."""
    spellings = []
    for path in (ROOT / "codelists").glob("*.csv"):
        db.read_csv(path, header=True, all_varchar=True).create_view(f"codelist_{path.stem}")
    for codelist in CODELISTS.values():
        for name in ("code", "en", "ro"):
            spellings.append(f"select '{codelist}' as codelist, {fold(name)} as spelling, code from codelist_{codelist}")
    spellings.append(f"select 'states', {fold('name')}, code from codelist_state_names")
    spellings.append(f"select codelist, {fold('alias')}, code from codelist_aliases")
    db.execute(f"create table spellings as select codelist, spelling, min(code) as code from ({' union all '.join(spellings)}) group by all")


def read_source(db, project, name, work):
    """The rows of one source with its columns mapped, into the table `mapped`."""
    definition = tomllib.loads((project / f"sources/{name}.toml").read_text(encoding="utf-8"))
    export = max((project / "exports").glob(definition["files"]))
    layout = definition["format"]
    text = work / f"{name}.csv"
    decoded = export.read_text(encoding=layout.get("encoding", "utf-8").replace("windows-", "cp")).removeprefix("\ufeff")
    text.write_text(decoded.translate(COMMAS), encoding="utf-8")
    delimiter, titles = layout.get("delimiter", ","), layout.get("title_rows", 0)
    with open(text, encoding="utf-8", newline="") as file:
        headers = next(islice(csv.reader(file, delimiter=delimiter), titles, None))
    types = {header: "varchar" for header in headers}
    db.execute(f"""
        create or replace view raw as select * from read_csv(
            '{text}', auto_detect = false, delim = '{delimiter}', quote = '"', escape = '"', header = true, skip = {titles}, columns = {types},
            null_padding = true, ignore_errors = true
        )
    """)
    columns, joins = [f"'{name}' as source", f"'{definition['authority']}' as authority"], []
    fields = {mapping["field"]: (header, mapping) for header, mapping in definition["columns"].items() if "field" in mapping}
    for field, codelist in CODELISTS.items():
        if field not in fields:
            constant = definition.get("constants", {}).get(field)
            columns += [f"{repr(constant) if constant else 'null'} as {field}", f"null as {field}_text"]
            continue
        column, mapping = quoted(fields[field][0]), fields[field][1]
        own = " ".join(f"when '{spelling}' then '{code}'" for spelling, code in mapping.get("values", {}).items())
        value = f"coalesce(case trim({column}) {own} end, {field}_spelling.code)" if own else f"{field}_spelling.code"
        columns += [f"{value} as {field}", f"{column} as {field}_text"]
        spelling = f"{field}_spelling.codelist = '{codelist}' and {field}_spelling.spelling = {fold(column)}"
        joins.append(f"left join spellings as {field}_spelling on {spelling}")
    for field in DATES:
        column, pattern = quoted(fields[field][0]), FORMATS[fields[field][1]["dates"][0]]
        columns += [f"try_strptime(trim({column}), '{pattern}')::date as {field}", f"{column} as {field}_text"]
    columns.append(f"{quoted(fields['reference'][0])} as reference")
    db.execute(f"insert into mapped by name select {', '.join(columns)} from raw {' '.join(joins)}")


def check(db, project):
    """Rows with a fault go to `quarantine`, with the faults; the others to `requests` and to Parquet."""
    unknown = [f"case when {field} is null and {field}_text <> '' then 'unknown {field}' end" for field in CODELISTS]
    dates = [f"case when {field}_text <> '' and coalesce({field} < date '1990-01-01', true) then 'invalid {field}' end" for field in DATES]
    rules = [
        "case when direction is null or counterpart is null or form is null then 'missing value' end",
        "case when completed_on < if(direction = 'outgoing', transmitted_on, received_on) then 'end before start' end",
        "case when count(*) over (partition by source, reference) > 1 then 'repeated key' end",
        "case when (completed_on is null) <> (coalesce(resolves, 'no') = 'no') then 'outcome and completion' end",
    ]
    db.execute(f"""
        create table checked as
        select distinct on (mapped.*) mapped.*, family, concat_ws(', ', {', '.join(unknown + dates + rules)}) as faults
        from (select distinct * from mapped) as mapped
        left join (select code as form, family from codelist_forms) using (form)
        left join (select code as outcome, resolves from codelist_outcomes) using (outcome)
    """)
    db.execute(f"copy (from checked where faults = '') to '{project}/requests.parquet' (compression zstd)")
    db.execute(f"copy (from checked where faults <> '') to '{project}/quarantine.csv'")
    db.read_parquet(f"{project}/requests.parquet").create_view("requests")
    [(accepted, faulty)] = db.sql("select count(*) filter (where faults = ''), count(*) filter (where faults <> '') from checked").fetchall()
    print(f"{accepted} rows accepted, {faulty} quarantined")


def figures(db, as_of):
    """The figures of requests as data frames, by the SQL of the benchmark of measures."""
    for table, date in {"eurojust_cases": "opened_on", "eurojust_activities": "held_on", "ejn_requests": "received_on", "activities": "begun_on"}.items():
        db.execute(f"create table {table} ({date} date)")
    db.execute("set variable as_of = cast(? as date)", [as_of])
    db.execute((ROOT / "benches/measures/definitions.sql").read_text(encoding="utf-8"))
    return {name: db.sql((ROOT / f"benches/measures/{name}.sql").read_text(encoding="utf-8")).df() for name in FIGURES}


def label(db, frame):
    """Codes with their English labels."""
    for column, codelist in {**CODELISTS, "counterpart": "states"}.items():
        if column in frame:
            names = dict(db.sql(f"select code, en from codelist_{codelist}").fetchall())
            frame[column] = frame[column].map(lambda code: names.get(code, {"_T": "Total", "not_stated": "Not stated"}.get(code, code)))
    return frame


def judicial(frame):
    return frame[frame.scope == "judicial"] if "scope" in frame else frame


def make_tables(db, data, year):
    """The tables of the report: pivoted, labelled, ranked."""
    def wide(name, rows, columns, **where):
        frame = judicial(data[name])
        for column, value in where.items():
            frame = frame[frame[column].isin(value if isinstance(value, list) else [value])]
        return label(db, frame.copy()).pivot_table(index=rows, columns=columns, values="value", sort=False).reset_index()

    years = [str(year - past) for past in range(4, -1, -1)]
    by_state = wide("flows_by_state", ["direction", "counterpart"], "indicator", period=str(year)).sort_values("entered", ascending=False)
    return {
        "Flows": wide("flows", ["direction", "period"], "indicator"),
        "Flows by State": by_state,
        "Flows by form": wide("flows_by_form", ["direction", "form"], "indicator", period=str(year), family="_T"),
        "Turnaround by State": wide("turnaround", ["direction", "counterpart"], "indicator", period=str(year), form="_T"),
        "Turnaround by form": wide("turnaround", ["direction", "form"], "indicator", period=str(year), counterpart="_T"),
        "Median by State and form": wide("turnaround", "counterpart", "form", direction="incoming", period="_T", indicator="median_days"),
        "Execution": wide("executions", ["direction", "period"], "indicator"),
        "Treaty usage": wide("treaty_usage", "instrument", "period", direction="_T", kind="_T", period=years),
        "Channels": wide("channels", "channel", "period", direction="_T", period=years),
        "Outcomes": wide("outcomes", "outcome", "period", direction="_T", period=years),
        "Refusals": wide("refusals", "refusal_ground", "period", direction="_T", period=years),
        "Age of the pending stock": wide("pending_age", ["direction", "age_band"], "period", period=years),
    }


def without_total(frame, column):
    return frame[frame[column] != "Total"]


def make_charts(tables, year, out):
    """Ten charts as SVG and PNG; their file names with their titles."""
    charts = {}

    def save(figure, name, title):
        figure.tight_layout()
        for ending in ("svg", "png"):
            figure.savefig(out / f"{name}.{ending}", dpi=288)
        plt.close(figure)
        charts[name] = title

    for direction in ("Incoming", "Outgoing"):
        flows = tables["Flows"][tables["Flows"].direction == direction].set_index("period")
        figure, axes = plt.subplots(figsize=(6.3, 3.5))
        flows[["entered", "resolved"]].plot.bar(ax=axes, color=["#0072b2", "#9ecae1"], ylabel="Registrations", xlabel="")
        axes.plot(range(len(flows)), flows.pending_end, color="black", marker="o", label="pending at the end")
        axes.legend()
        save(figure, f"flows_{direction.lower()}", f"{direction} requests")
    top = without_total(tables["Flows by State"], "counterpart").query("direction == 'Incoming'").head(15).set_index("counterpart")
    bars = {
        "states": (top.entered, f"Incoming requests by State, {year}"),
        "channels": (without_total(tables["Channels"], "channel").set_index("channel")[str(year)], f"Channels, {year}"),
        "outcomes": (without_total(tables["Outcomes"], "outcome").set_index("outcome")[str(year)], f"Outcomes, {year}"),
        "refusals": (without_total(tables["Refusals"], "refusal_ground").set_index("refusal_ground")[str(year)], f"Grounds of refusal, {year}"),
    }
    for name, (series, title) in bars.items():
        figure, axes = plt.subplots(figsize=(6.3, 4.5))
        series.sort_values().plot.barh(ax=axes, color="#0072b2", xlabel="Registrations", ylabel="")
        axes.bar_label(axes.containers[0], fmt="{:,.0f}")
        save(figure, name, title)
    heat = without_total(tables["Median by State and form"], "counterpart").set_index("counterpart").iloc[:15]
    figure, axes = plt.subplots(figsize=(6.3, 5))
    axes.imshow(heat, cmap="Blues", aspect="auto")
    axes.set_xticks(range(len(heat.columns)), heat.columns, rotation=90)
    axes.set_yticks(range(len(heat)), heat.index)
    for (row, column), value in pd.DataFrame(heat.values).stack().items():
        axes.text(column, row, f"{value:.0f}", ha="center", va="center", fontsize=6)
    save(figure, "heatmap", "Median days by State and form")
    spread = without_total(tables["Turnaround by form"], "form").query("direction == 'Incoming'").set_index("form")
    figure, axes = plt.subplots(figsize=(6.3, 4))
    axes.hlines(spread.index, spread.median_days, spread.p90_days, color="grey")
    axes.plot(spread.median_days, spread.index, "o", color="#0072b2")
    axes.set_xlabel("Days, median and 90th percentile")
    save(figure, "turnaround", f"Turnaround by form, {year}")
    figure, axes = plt.subplots(figsize=(6.3, 4))
    without_total(tables["Treaty usage"], "instrument").set_index("instrument").T.plot(ax=axes, ylabel="Registrations", legend=False)
    for line in axes.lines:
        axes.annotate(line.get_label()[:30], (line.get_xdata()[-1], line.get_ydata()[-1]), fontsize=5)
    save(figure, "treaties", "Treaty usage")
    figure, axes = plt.subplots(figsize=(6.3, 3))
    ages = tables["Age of the pending stock"].query("age_band != '_T' and age_band != 'Total'")
    ages.pivot(index="direction", columns="age_band", values=str(year)).plot.barh(ax=axes, stacked=True, colormap="Blues", xlabel="Pending requests", ylabel="")
    save(figure, "ages", "Age of the pending stock")
    return charts


def write_tables(tables, out):
    with pd.ExcelWriter(out / "tables.xlsx", engine="xlsxwriter") as workbook:
        for name, frame in tables.items():
            frame.to_excel(workbook, sheet_name=name[:31], index=False)
            frame.to_csv(out / f"{name}.csv", index=False)


def write_html(tables, charts, out):
    parts = ["<!doctype html><meta charset='utf-8'><title>Annual report</title><h1>International judicial cooperation</h1>"]
    parts += [f"<h2>{title}</h2>{(out / f'{name}.svg').read_text(encoding='utf-8')}" for name, title in charts.items()]
    parts += [f"<h2>{name}</h2>{frame.to_html(index=False, na_rep='-', float_format='{:,.0f}'.format)}" for name, frame in tables.items()]
    (out / "index.html").write_text("\n".join(parts), encoding="utf-8")


def write_pdf(tables, charts, out):
    def cell(value):
        text = f"{value:,.0f}" if isinstance(value, float) and value == value else str(value)
        return "[" + text.replace("_", "\\_").replace("*", "\\*") + "]"

    parts = ['#set page(paper: "a4", flipped: true, numbering: "1")', "#set text(size: 7pt)", "= International judicial cooperation", "#outline()"]
    parts += [f'== {title}\n#image("{name}.svg", width: 70%)' for name, title in charts.items()]
    for name, frame in tables.items():
        head = ", ".join(map(cell, frame.columns))
        body = ", ".join(cell(value) for row in frame.itertuples(index=False) for value in row)
        parts.append(f"== {name}\n#table(columns: {len(frame.columns)}, table.header({head}), {body})")
    source = out / "report.typ"
    source.write_text("\n".join(parts), encoding="utf-8")
    typst.compile(source, output=out / "report.pdf")


def main(project, sources):
    settings = tomllib.loads((project / "rogatory.toml").read_text(encoding="utf-8"))
    out, work = project / "out", project / "work"
    out.mkdir(exist_ok=True)
    work.mkdir(exist_ok=True)
    db = duckdb.connect()
    db.execute("set threads = 2")
    read_codelists(db)
    fields = [f"{field} varchar, {field}_text varchar" for field in CODELISTS] + [f"{field} date, {field}_text varchar" for field in DATES]
    db.execute(f"create table mapped (source varchar, authority varchar, reference varchar, {', '.join(fields)})")
    for source in sources:
        read_source(db, project, source, work)
    check(db, project)
    tables = make_tables(db, figures(db, settings["as_of"]), settings["as_of"].year)
    write_tables(tables, out)
    charts = make_charts(tables, settings["as_of"].year, out)
    write_html(tables, charts, out)
    write_pdf(tables, charts, out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
