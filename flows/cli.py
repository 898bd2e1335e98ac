"""The command line; `gongkai --help` lists its commands.

Exit status: 0 done, 1 done with quarantined or unreadable files (they are listed), 2 wrong usage, 3 failed.
Slow imports (Prefect, Great Expectations) stay inside the command that needs them.
"""

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import asdict, replace
from datetime import datetime
from enum import StrEnum
from importlib.resources import files
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from flows.settings import cluster_address, configure_prefect, store_path

Language = Literal["en", "zh"]

app = typer.Typer(
    help="The statutory tables of Chinese government information disclosure reports, as a warehouse one can trust.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Store = Annotated[
    Path | None,
    typer.Option("--store", help="Folder, or s3://…, of lake and warehouse [default: $GONGKAI_STORE or data/]."),
]
Lang = Annotated[Language, typer.Option("--lang", help="Language of what is told: en or zh.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


class Format(StrEnum):
    """How a query result is printed."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


class DictionaryFormat(StrEnum):
    """How the dictionary is printed."""

    table = "table"
    markdown = "markdown"
    csv = "csv"
    json = "json"


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"gongkai {version('gongkai')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """The statutory tables of Chinese government information disclosure reports, as a warehouse one can trust."""


def _refuse(error: Exception, status: int) -> NoReturn:
    from flows.show.screen import printable

    typer.secho("gongkai: ", fg="red", nl=False, err=True)
    typer.echo("\n".join(map(printable, str(error).split("\n"))), err=True)
    raise typer.Exit(status)


def _make_workers_ready(store: Path | None) -> None:
    """Fork the workers of a run, after what it needs was imported: they would take seconds to import it themselves.

    What any run imports and computes once comes before, too: while Prefect's server begins there is nothing else to do.
    """
    import prefect.task_engine  # noqa: F401
    import pyarrow.dataset  # noqa: F401 - by DuckDB, when it is asked for Arrow

    from flows import batch
    from flows.run import rights_of
    from flows.workers import make_ready
    from warehouse import load
    from warehouse.catalogues import catalogues
    from warehouse.lake.errors import StoreError
    from warehouse.lake.store import Lake

    batch.prepare()
    load.prepare()
    catalogues()
    gc.freeze()  # modules are no garbage
    folder = store_path(store)
    if not cluster_address():
        with rights_of(folder):
            make_ready()
    with suppress(StoreError, OSError):  # the run will say so
        Lake(folder).meta()  # the first time DuckDB is asked; after the fork, for it begins threads


@app.command()
def ingest(
    sources: Annotated[list[str] | None, typer.Argument(help="Files, folders or addresses of reports.")] = None,
    declared: Annotated[
        Path | None, typer.Option("--sources", help="File of sources to ask; see docs/sources.example.yml.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="Only the source of this name; repeatable.")] = None,
    agency: Annotated[list[str] | None, typer.Option("--agency", help="Only sources of this agency.")] = None,
    years: Annotated[str, typer.Option("--years", help="Only these report years: 2023 or 2019-2021.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Read again what was read before.")] = False,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Go on although documents or many facts would be lost.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be read, why, and what it takes.")
    ] = False,
    store: Store = None,
    as_json: Json = False,
    lang: Lang = "en",
) -> None:
    """Fetch and read new reports, judge them, load the warehouse."""
    if dry_run:
        _foresee(sources or [], declared, (only or (), agency or (), years), again, store, as_json)
        return
    configure_prefect()
    api = os.environ.get("PREFECT_API_URL", "")
    server: AbstractContextManager[None] = nullcontext()
    if not api:
        from flows.server import begin

        server = begin()
    from expectations.bounds import BoundsError
    from flows.serve import ServeError, answers
    from flows.sources.declared import SourceError, as_named, named_sources
    from warehouse.lake.errors import StoreError
    from warehouse.lake.store import Lake

    names = [as_named(name) for name in sources or []]
    try:
        named_sources(names, declared).narrowed(only or (), agency or (), years)  # told before a flow is started
        Lake(store_path(store))
    except (SourceError, StoreError) as error:
        _refuse(error, 2)
    if api and not answers(api):
        _refuse(ServeError(f"{api}: no answer; expected a Prefect server. Start it, or unset PREFECT_API_URL"), 3)
    import httpx

    from flows.ingest import ingest as flow
    from flows.run import StoppedError
    from flows.show.screen import terminal, to_json
    from flows.show.summary import show_summary
    from flows.show.words import words_in
    from flows.workers import ClusterError

    _make_workers_ready(store)
    try:
        source_file = str(declared) if declared else None
        with server:
            summary = flow(names, str(store_path(store)), source_file, again, only, agency, years, accept_loss)
    except (SourceError, BoundsError) as error:
        _refuse(error, 2)
    except (StoreError, ClusterError, StoppedError) as error:
        _refuse(error, 3)
    except httpx.HTTPError as error:
        gone = f"{api or 'Prefect'}: the server went away ({error}); expected an answer to the end of the run"
        _refuse(ServeError(f"{gone}. What was read is stored: run the same command again"), 3)
    if as_json:
        told: dict[str, object] = {"fetched": asdict(summary.fetched), "seconds": summary.seconds}
        told["files"] = [asdict(line) for line in summary.lines]
        sys.stdout.write(to_json(summary.record() | told) + "\n")
    else:
        show_summary(terminal(), summary, words_in(lang))
    raise typer.Exit(1 if summary.needs_a_person else 0)


def _foresee(
    sources: list[str],
    declared: Path | None,
    narrowed: tuple[Sequence[str], Sequence[str], str],
    again: bool,
    store: Path | None,
    as_json: bool,
) -> None:
    """Say what a run over local files and what was fetched before would read; sites are not asked."""
    from flows.plan import lay_out
    from flows.settings import corrections_path
    from flows.show.screen import terminal, to_json
    from flows.sources.declared import SourceError, as_named, named_sources
    from transform.corrections import load_corrections
    from warehouse.lake.errors import StoreError
    from warehouse.lake.store import Lake

    try:
        path = store_path(store)
        known = named_sources([as_named(name) for name in sources], declared).narrowed(*narrowed)
        plan = lay_out(known, Lake(path), load_corrections(corrections_path(path)), again, unpack=False)
    except (SourceError, StoreError) as error:
        _refuse(error, 2)
    if as_json:
        sys.stdout.write(to_json(plan.as_record()) + "\n")
    else:
        for line in plan.in_words:
            terminal().print(line, soft_wrap=True)


@app.command()
def explain(
    target: Annotated[
        str, typer.Argument(help="A file, a report id (or its beginning), or REPORT:INDICATOR[/APPLICANT].")
    ],
    store: Store = None,
    as_json: Json = False,
    cite: Annotated[bool, typer.Option("--cite", help="Print a citation of the cell asked for.")] = False,
    lang: Lang = "en",
) -> None:
    """Show what a file says: grids, the fate of every cell, identities. A file needs no store."""
    from expectations.judge import checks_in, judge_files
    from flows.compare import compare_alone
    from flows.settings import corrections_path
    from flows.show.explain import UnknownTargetError, citation, explanation, find_target, narrowed, show_explanation
    from flows.show.screen import terminal, to_json
    from transform.corrections import load_corrections
    from warehouse.lake.errors import StoreError

    try:
        found = find_target(target, store_path(store))
        corrections = load_corrections(corrections_path(store_path(store)))
    except (UnknownTargetError, StoreError) as error:
        _refuse(error, 2)
    (judged,) = judge_files([(found.data, found.name)], corrections, found.hint)
    if judged.report:
        notes = compare_alone([(judged.reading, judged.report)]).checks
        judged = replace(judged, checks=(*judged.checks, *checks_in(notes[notes["outcome"] != "not_applicable"])))
    if found.cell is not None:
        try:
            judged = narrowed(judged, found.cell)
        except UnknownTargetError as error:
            _refuse(error, 2)
    if cite and found.cell is None:
        _refuse(ValueError(f"{target}: no cell to cite; expected REPORT:INDICATOR/APPLICANT. See gongkai explain"), 2)
    if as_json:
        sys.stdout.write(to_json(explanation(judged)) + "\n")
    elif cite:
        sys.stdout.write(citation(judged, found) + "\n")
    else:
        asked = judged.report.facts[0].key if judged.report and found.cell else None
        show_explanation(terminal(), judged, asked, lang)
    raise typer.Exit(0 if judged.report is not None else 1)


# A question may begin with a comment, which is no option.
@app.command(context_settings={"ignore_unknown_options": True})
def query(
    sql: Annotated[str, typer.Argument(help="One SELECT statement; - reads it from standard input.")] = "",
    store: Store = None,
    fmt: Annotated[Format, typer.Option("--format", help="How to print the result.")] = Format.table,
    file: Annotated[Path | None, typer.Option("--file", help="Read the statement from a file.")] = None,
    given: Annotated[
        list[Path] | None, typer.Option("--with", help="A CSV file to ask together with the views, by its name.")
    ] = None,
) -> None:
    """Ask the warehouse, read only. A table shows the first 200 rows; the other formats are whole."""
    from flows.show.screen import LISTED, show_answer, write_answer
    from warehouse.lake.errors import StoreError
    from warehouse.query import QueryError, answer, head, read_given

    try:
        asked = sys.stdin.read() if sql == "-" else file.read_text(encoding="utf-8") if file else sql
        tables = {path.stem: read_given(path) for path in given or []}
        if fmt is Format.table:
            show_answer(*head(store_path(store), asked, tables, LISTED))
            return
        with answer(store_path(store), asked, tables, flat=fmt is Format.csv) as batches:
            write_answer(batches, fmt.value, sys.stdout.buffer)
    except (QueryError, StoreError, OSError, UnicodeDecodeError) as error:
        _refuse(error, 2)


@app.command()
def status(
    store: Store = None,
    as_json: Json = False,
    metrics: Annotated[bool, typer.Option("--metrics", help="Print OpenMetrics for a monitoring system.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only a line; status 0: fine, 1: a person is needed, 2: cannot tell.")
    ] = False,
    lang: Lang = "en",
) -> None:
    """What needs a person and what to do, whenever it came; the last runs, and what the store holds."""
    from flows.show.morning import DAMAGED, show_morning, show_room, tables_of, too_long_ago, troubles_of
    from flows.show.screen import show_table, terminal, to_json
    from flows.show.summary import holds
    from flows.show.words import words_in
    from warehouse.lake.errors import StoreError

    path, tables, missing = store_path(store), {}, None
    try:
        tables = tables_of(path)
    except StoreError as error:
        missing = error
    troubles = troubles_of(path, tables)
    damaged = any(trouble.what == DAMAGED for trouble in troubles)
    if metrics:
        from flows.show.metrics import metrics_text

        sys.stdout.write(metrics_text(path, tables, troubles))
        return
    if missing and not troubles:
        _refuse(missing, 2)
    if check:
        troubles += too_long_ago(path)
        first = f"{troubles[0].what}: {troubles[0].what_to_do}" if troubles else "nothing needs a person"
        terminal().print(first, soft_wrap=True)
        raise typer.Exit(1 if troubles else 0)
    if as_json:
        told = {name: table.to_pylist() for name, table in tables.items()}
        sys.stdout.write(to_json(told | {"troubles": [asdict(trouble) for trouble in troubles]}) + "\n")
    else:
        words = words_in(lang)
        show_morning(terminal(), tables, troubles, words, holds(path, words) if tables else "")
        for name in ("names", "runs", "holds"):
            if name in tables and len(tables[name]):
                show_table(tables[name])
                typer.echo()
        show_room(terminal(), path)
    if damaged:
        raise typer.Exit(3)


@app.command()
def verify(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Folders and files originals may be taken from again.")
    ] = None,
    deep: Annotated[bool, typer.Option("--deep", help="Read every file, also those known to be good.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Make good what can be made good.")] = False,
    declared: Annotated[Path | None, typer.Option("--sources", help="File of sources to ask for originals.")] = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Hold every file of the store against what was written: manifests, parts, originals, the warehouse.

    Exit status 0: nothing is damaged, or all of it was made good; 1: something is, and a person has to see to it.
    """
    configure_prefect()
    from rich.console import Console

    from flows.repair import Repaired
    from flows.repair import repair as mend
    from flows.show.screen import terminal, to_json
    from flows.show.verified import in_rows, show_verified
    from flows.sources.declared import SourceError, as_named, named_sources
    from warehouse.lake.errors import StoreError
    from warehouse.lake.store import Lake
    from warehouse.lake.verify import verify as look

    names = [as_named(name) for name in sources or []]
    try:
        asked = named_sources(names, declared) if names or declared else None
    except SourceError as error:
        _refuse(error, 2)
    try:
        path = store_path(store)
        found = mend(path, deep, asked, Console(stderr=True)) if repair else Repaired(look(Lake(path), deep=deep))
    except StoreError as error:
        _refuse(error, 3)
    if as_json:
        sys.stdout.write(to_json(in_rows(found)) + "\n")
    else:
        show_verified(terminal(), found)
    raise typer.Exit(1 if found.needs_a_person else 0)


@app.command()
def bounds(
    store: Store = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write the file instead of showing what would change.")
    ] = False,
    as_json: Json = False,
) -> None:
    """How many reports are expected by year and level, from what the store holds; shown as a diff."""
    from difflib import unified_diff

    from expectations.bounds import bounds_text
    from flows.compare import partition_counts
    from flows.settings import bounds_path
    from warehouse.lake.errors import StoreError
    from warehouse.lake.store import Lake
    from warehouse.query import QueryError

    path = bounds_path(store_path(store))
    try:
        text = bounds_text(partition_counts(Lake(store_path(store))))
    except (StoreError, QueryError) as error:
        _refuse(error, 2)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    diff = list(unified_diff(before.splitlines(keepends=True), text.splitlines(keepends=True), "kept", "now"))
    if as_json:
        from flows.show.screen import to_json

        sys.stdout.write(to_json({"file": str(path), "changed": bool(diff), "now": text}) + "\n")
    else:
        sys.stdout.writelines(diff)
    if write:
        path.write_text(text, encoding="utf-8")


@app.command()
def coverage(
    store: Store = None,
    year: Annotated[int | None, typer.Option("--year", help="Only this report year.")] = None,
    missing: Annotated[bool, typer.Option("--missing", help="List the agencies whose report is missing.")] = False,
    as_json: Json = False,
) -> None:
    """How complete the warehouse is, by province, year and level; or who is missing."""
    from flows.show.screen import show_table, to_json
    from warehouse.lake.errors import StoreError
    from warehouse.query import query as ask

    name = "missing" if missing else "coverage"
    sql = (files("flows.show") / "status" / f"{name}.sql").read_text(encoding="utf-8")
    try:
        table = ask(store_path(store), sql.replace("NULL /* year */", str(year)) if year else sql)
    except StoreError as error:
        _refuse(error, 2)
    if as_json:
        sys.stdout.write(to_json(table.to_pylist()) + "\n")
    else:
        show_table(table)


@app.command()
def delta(
    run: Annotated[str, typer.Argument(help="A run id [default: the last run].")] = "",
    store: Store = None,
    to: Annotated[Path | None, typer.Option("--to", help="Write the changes as Parquet.")] = None,
    as_json: Json = False,
) -> None:
    """What a run added (ADD), changed (MOD) and took back (DEL) among the facts."""
    from flows.show.delta import UnknownRunError, changes_of, show_changes
    from flows.show.screen import terminal, to_json, write_table
    from warehouse.lake.errors import StoreError

    try:
        run_id, changes = changes_of(store_path(store), run)
    except (UnknownRunError, StoreError) as error:
        _refuse(error, 2)
    if as_json:
        sys.stdout.write(to_json({"run_id": run_id, "changes": changes.to_pylist()}) + "\n")
    else:
        show_changes(terminal(), run_id, changes)
    if to is not None:
        with to.open("wb") as out:
            write_table(changes, "parquet", out)


@app.command()
def dictionary(
    name: Annotated[str, typer.Argument(help="A view, column or code, or a word of what it means.")] = "",
    fmt: Annotated[DictionaryFormat, typer.Option("--format", help="How to print it.")] = DictionaryFormat.table,
    store: Store = None,
) -> None:
    """What every view, column and code means, in both languages; examples ask of the store, if there is one."""
    from flows.show.screen import show_dictionary, to_json
    from warehouse.dictionary import dictionary as read
    from warehouse.dictionary import markdown, search
    from warehouse.export import to_csv
    from warehouse.lake.errors import StoreError

    try:
        entries = search(read(store_path(store)), name)
    except StoreError as error:
        if store:
            _refuse(error, 2)
        entries = search(read(), name)
    if not entries:
        _refuse(ValueError(f"{name}: no view, column or code has it in its name or words; see gongkai dictionary"), 2)
    if fmt is DictionaryFormat.table:
        show_dictionary(entries)
    elif fmt is DictionaryFormat.json:
        sys.stdout.write(to_json([asdict(entry) for entry in entries]) + "\n")
    else:
        sys.stdout.write(markdown(entries) if fmt is DictionaryFormat.markdown else to_csv(entries))


@app.command()
def export(
    to: Annotated[Path | None, typer.Option("--to", help="A new or empty folder for a release.")] = None,
    store: Store = None,
    where: Annotated[
        str, typer.Option("--where", help="Only reports that meet a condition, such as \"province = '江苏省'\".")
    ] = "",
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", help="What was believed then (UTC), such as 2026-03-01.")
    ] = None,
    iceberg: Annotated[
        str, typer.Option("--iceberg", help="Folder or URL of Iceberg tables to bring up to date, such as s3://….")
    ] = "",
    as_json: Json = False,
) -> None:
    """Write a release: Parquet, CSV, a workbook, the DuckDB file, dictionary, data package and checksums.

    Or bring Iceberg tables, which other engines read, up to what the warehouse holds.
    """
    from warehouse.export import export as write
    from warehouse.lake.errors import StoreError
    from warehouse.query import QueryError

    if not (to or iceberg) or (iceberg and (where or as_of)):
        wrong = "a condition or a moment goes with --to alone" if iceberg else "nowhere to write"
        _refuse(ValueError(f"export: {wrong}; expected --to FOLDER, or --iceberg PLACE. See gongkai export --help"), 2)
    told: dict[str, object] = {}
    lines: list[str] = []
    try:
        if to:
            written = write(store_path(store), to, where, as_of)
            told["files"] = [path.as_posix() for path in written]
            lines.append(f"{len(written)} files in {to}; start with {to / 'README.md'}")
        if iceberg:
            from warehouse.iceberg import publish

            tables = publish(store_path(store), iceberg)
            told["tables"] = {name: asdict(table) for name, table in tables.items()}
            anew = sum(bool(table.written) for table in tables.values())
            lines.append(f"{len(tables)} tables at {iceberg}, {anew} of them written anew; see {iceberg}/tables.json")
    except (QueryError, StoreError) as error:
        _refuse(error, 2)
    if as_json:
        from flows.show.screen import to_json

        sys.stdout.write(to_json(told) + "\n")
    else:
        typer.echo("\n".join(lines))


@app.command()
def serve(
    declared: Annotated[Path, typer.Option("--sources", help="File of sources; see docs/sources.example.yml.")],
    store: Store = None,
    cron: Annotated[str, typer.Option("--cron", help="When to run.")] = "0 2 * * *",
    timezone: Annotated[str, typer.Option("--timezone", help="Whose clock that is.")] = "Asia/Shanghai",
    port: Annotated[int, typer.Option("--port", help="Port of the server this command starts.")] = 4200,
) -> None:
    """Keep the schedule on this machine, with a page of runs and artifacts. Teams: docs/operations.md."""
    configure_prefect()
    from flows.serve import ServeError
    from flows.serve import serve as keep
    from flows.sources.declared import SourceError, read_sources
    from warehouse.lake.errors import StoreError
    from warehouse.lake.store import Lake

    try:
        read_sources(declared)
        Lake(store_path(store))
        keep(declared, store_path(store), cron, timezone, port)
    except (SourceError, StoreError, ValueError) as error:
        _refuse(error, 2)
    except ServeError as error:
        _refuse(error, 3)


@app.command()
def backup(
    to: Annotated[Path, typer.Argument(help="A new folder, or an earlier copy to bring up to date.")],
    store: Store = None,
) -> None:
    """Copy what cannot be made again: originals, lake, reviewed decisions. A run may be at work meanwhile."""
    from warehouse.lake.backup import backup as copy
    from warehouse.lake.errors import StoreError
    from warehouse.lake.store import Lake

    try:
        copied = copy(Lake(store_path(store)), to)
    except StoreError as error:
        _refuse(error, 3)
    typer.echo(f"{copied} files copied to {to}; see whether they are whole: gongkai verify --deep --store {to}")


@app.command()
def prune(
    days: Annotated[int, typer.Option("--days", min=1, help="Keep what is younger.")] = 90,
    store: Store = None,
) -> None:
    """Remove what nobody needs any more: lakes that were built anew, and old runs of the Prefect database.

    Data Docs of old runs go by themselves; the lake, originals and the warehouse are never touched.
    """
    configure_prefect()
    from flows.prune import prune_prefect, prune_store
    from warehouse.lake.errors import StoreError

    try:
        path = store_path(store)
        lakes, freed = prune_store(path, days)
        if "PREFECT_API_URL" not in os.environ:
            from flows.serve import use_server_of

            use_server_of(path)
        runs = prune_prefect(days)
    except (StoreError, OSError) as error:
        _refuse(error, 3)
    typer.echo(f"{lakes} old lakes, {freed / 1e6:,.1f} MB; {runs} runs of the Prefect database")


@app.command()
def dashboard(
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder of the site [default: dashboard/ in the store].")
    ] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Serve it on 127.0.0.1, and anew after every load.")] = False,
    port: Annotated[int, typer.Option("--port", help="Port to serve on; 0 takes a free one.")] = 8300,
    store: Store = None,
) -> None:
    """Build the site people look at; it opens from its folder, without a server or the network."""
    from expectations.rules import load_rules
    from flows.settings import corrections_path
    from warehouse.dashboard import Server, build
    from warehouse.lake.errors import StoreError
    from warehouse.lake.store import Lake

    path = store_path(store)
    folder = to or path / "dashboard"
    titles = {code: (rule.title.zh, rule.title.en) for code, rule in load_rules().items()}

    def rebuild() -> None:
        try:
            build(path, folder, titles)
        except StoreError as error:  # the site before it still stands
            typer.echo(f"gongkai: {error}", err=True)

    try:
        site = build(path, folder, titles)
        server = Server(folder, Lake(path).warehouse, rebuild, corrections_path(path), port) if serve else None
    except (StoreError, OSError) as error:
        _refuse(error, 2)
    typer.echo(f"{site.reports} reports, {site.files} files, {site.bytes / 1e6:.1f} MB; open {folder / 'index.html'}")
    if server:
        typer.echo(f"serving {server.entrance} until interrupted")
        try:
            server.serve()
        except KeyboardInterrupt:
            typer.echo("stopped")


review = typer.Typer(help="What reviewers decide: docs/review.md.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(review, name="review")


@review.command("list")
def review_list(store: Store = None, as_json: Json = False) -> None:
    """The causes of doubt, those first that settle most reports."""
    from flows.review import causes
    from flows.show.screen import show_table, to_json
    from warehouse.lake.errors import StoreError

    try:
        found = causes(store_path(store))
    except StoreError as error:
        _refuse(error, 2)
    if as_json:
        sys.stdout.write(to_json(found.to_pylist()) + "\n")
    else:
        show_table(found)


@review.command("check")
def review_check(store: Store = None, as_json: Json = False) -> None:
    """Name every reviewed decision that has no effect, and why; exit status 1 if there is one."""
    from flows.review import problems
    from flows.settings import corrections_path
    from flows.show.screen import to_json
    from transform.corrections import load_corrections
    from warehouse.lake.errors import StoreError

    path = store_path(store)
    try:
        found = problems(path, load_corrections(corrections_path(path)))
    except StoreError as error:
        _refuse(error, 2)
    if as_json:
        sys.stdout.write(to_json(found) + "\n")
    else:
        for problem in found:
            typer.echo(problem)
        typer.echo(f"{len(found)} decisions without effect" if found else "every decision has an effect")
    raise typer.Exit(1 if found else 0)


@review.command("apply")
def review_apply(store: Store = None) -> None:
    """Apply new and changed decisions to the reports they concern, without looking for new files."""
    from flows.review import apply
    from flows.run import StoppedError
    from flows.show.screen import terminal
    from flows.show.summary import show_summary
    from flows.workers import ClusterError
    from warehouse.lake.errors import StoreError

    _make_workers_ready(store)
    try:
        summary = apply(store_path(store), terminal())
    except (StoreError, ClusterError, StoppedError) as error:
        _refuse(error, 3)
    show_summary(terminal(), summary)
    raise typer.Exit(1 if summary.needs_a_person else 0)


@review.command("letter")
def review_letter(
    agency: Annotated[str, typer.Argument(help="An agency id.")],
    to: Annotated[Path, typer.Option("--to", help="The file to write, .docx or .xlsx.")],
    store: Store = None,
) -> None:
    """Write the sheet an agency is sent: table, line, printed, should be, why, where it was published."""
    from flows.review import letter
    from warehouse.lake.errors import StoreError

    try:
        count = letter(store_path(store), agency, to)
    except StoreError as error:
        _refuse(error, 2)
    typer.echo(f"{count} figures in {to}")


sources_app = typer.Typer(
    help="Where reports come from: docs/operations.md.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(sources_app, name="sources")


@sources_app.command("check")
def sources_check(
    declared: Annotated[list[Path], typer.Argument(help="Files of sources, such as data/sources/*.yml.")],
    only: Annotated[list[str] | None, typer.Option("--only", help="Only the source of this name; repeatable.")] = None,
    as_json: Json = False,
) -> None:
    """Ask every index page once: does it answer, does it list reports, whose platform's are they; nothing is stored.

    Exit status 1 if a page does not answer or lists none.
    """
    from flows.show.screen import show_table, to_json
    from flows.sources.check import as_table, check
    from flows.sources.declared import SourceError, read_all

    try:
        pages = check(read_all(declared).narrowed(only or (), (), ""))
    except SourceError as error:
        _refuse(error, 2)
    if as_json:
        sys.stdout.write(to_json([asdict(page) for page in pages]) + "\n")
    else:
        show_table(as_table(pages))
    raise typer.Exit(1 if any(page.problem for page in pages) else 0)


def main() -> None:
    """Entry point: no traceback reaches the user for what is not a bug of ours."""
    gc.set_threshold(100_000, 20, 100)  # imports make objects by the thousand, and no garbage
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except KeyboardInterrupt:
        sys.stderr.write("gongkai: stopped; what was committed is kept, run the same command again to go on\n")
        sys.exit(3)
    except Exception as error:
        from flows.settings import debugging

        if debugging():
            raise
        sys.stderr.write(f"gongkai: failed: {type(error).__name__}: {error}\n  set GONGKAI_DEBUG=1 for the traceback\n")
        sys.exit(3)
    finally:
        gc.freeze()  # Python ends with a look at all there is for garbage: a fifth of a second


if __name__ == "__main__":
    main()
