"""The heuristic rules computed: figures of a report held against each other, its prose, other years and agencies below.

The formulas stand in `rules.yaml`; here they become SQL over a panel, a wide table with a row per report. Out come
checks with two sides, for Great Expectations to decide (`expectations.judge.judge_comparisons`).
"""

import operator
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from itertools import product

import duckdb
import numpy as np
import pandas as pd

from expectations.checks import CHECK_COLUMNS
from expectations.rules import Comparison, Definition, Rule, Text, load_rules
from extract.forms import load_forms, subtotals
from extract.places import place_labels
from transform.figures import figures_sql, is_complete
from transform.numbers import plain

# What `compare` reads: relations of these names and columns must exist in the connection.
RELATIONS = {
    "report": "report_id, agency_id, agency_name, agency_level, agency_type, parent_id, report_year, scope, edition, "
    "published_on",
    "fact": "report_id, table_key, indicator_code, applicant_code, value, issue",  # missing cells included
    "statement": "report_id, quantity, value, quote",
    "sketch": "report_id, chapter, hashes",
    "issue": "report_id, code",
    "peer": "agency_level, agency_type, report_year, indicator_code, change",
    "wanted": "report_id",
}

_RELATION = re.compile(r"(?<![<>!])(<=|>=|=)(?!=)")
_NAME = re.compile(r"(?<![\w'@\"])(?:(prev|usual|spread|years|peer)\.)?([a-z][a-z0-9_]*)(?:\[([a-z_]+)\])?(?![\w'(])")

# Days within which a report is due, counted from the first day of the year after; Regulation of 2019, Art. 50.
_TERM = "CASE WHEN agency_type = 'dept' THEN 31 ELSE 90 END"

# ln(1 + x), the scale on which counts of agencies large and small change alike. A page may print a negative count: it
# has no logarithm and is compared with nothing.
LOG1P = "CREATE OR REPLACE TEMP MACRO log1p(x) AS CASE WHEN x >= 0 THEN ln(1 + x) END"

_PEER = """(
    SELECT any_value(change) FROM peer
    WHERE peer.indicator_code = '{}' AND peer.agency_level = now.agency_level AND peer.agency_type = now.agency_type
        AND peer.report_year = now.report_year
)"""
_OTHER_YEARS = """(
    SELECT {aggregate}(log1p(other."{column}")) FROM panel AS other
    WHERE other.agency_id = now.agency_id AND other.scope = now.scope AND other.report_year <> now.report_year
)"""

# Columns of the panel that are no indicators: from the row of a report, and counted over its cells.
_OF_REPORT = {
    "agency_level": "agency_level",
    "agency_type": "agency_type",
    "scope": "scope",
    "report_year": "report_year",
    "published_after": "date_diff('day', make_date(report_year + 1, 1, 1), published_on) + 1",
    "term": _TERM,
    "vector": "vector",
    "distinct_numbers": "coalesce(distinct_numbers, 0)",
    "fee_statements": "coalesce(fee_statements, 0)",
    "stated_split": "(SELECT any_value(value) FROM statement WHERE report_id = report.report_id "
    "AND quantity = 'split')",
}
_SKETCH = (
    "(SELECT any_value(string_split(hashes, ' ')) FROM sketch WHERE report_id = report.report_id AND chapter = '{}')"
)
_ISSUE = "(SELECT count(*) FROM issue WHERE report_id = report.report_id AND code = '{}')"

# A row per report. A subtotal some of whose parts are no numbers is compared with nothing; nor is a sum longer than a
# figure can be stored, rather than ending the night. A PIVOT instead of an aggregate a column, and lists made distinct
# instead of DISTINCT ones, take a fifth of the time.
_PANEL = """
    CREATE OR REPLACE TEMP TABLE panel AS
    WITH figure AS (
        SELECT report_id, indicator_code || '@' || applicant_code AS figure, value FROM ({figures})
        WHERE value IS NOT NULL AND {complete}
    ),
    wide AS (PIVOT figure ON figure IN ({asked}) USING any_value(value) GROUP BY report_id),
    counted AS (
        SELECT report_id, list_distinct(list(indicator_code) FILTER (issue <> '')) AS doubtful,
            bit_xor(hash(indicator_code, applicant_code, value)) FILTER (value IS NOT NULL AND table_key <> 'fees')
                AS vector,
            len(list_distinct(list(value) FILTER (value <> 0))) AS distinct_numbers,
            count(*) FILTER (table_key = 'fees') AS fee_statements
        FROM fact GROUP BY report_id
    )
    SELECT report.report_id, agency_id, agency_name, string_split(edition, '/') AS editions, parent_id,
        counted.doubtful, {named}
    FROM report
    LEFT JOIN wide USING (report_id)
    LEFT JOIN counted USING (report_id)
"""


def compare(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Every comparison of the reports in `wanted`, not judged: CHECK_COLUMNS and agency_name.

    `connection` holds RELATIONS; `report` and `fact` must hold what the wanted reports are compared with, too. Where a
    rule has nothing to compare in a report, one row says so (`unknowns` 1).
    """
    compared = [(rule, comparison) for rule, comparison in _compared() if comparison.kind != "partitions"]
    queries = [list(_queries(rule, comparison)) for rule, comparison in compared]
    connection.execute(LOG1P)
    _make_panel(connection, {column for found in queries for query in found for column in query.columns})
    frames = []
    for (rule, comparison), found in zip(compared, queries, strict=True):
        rows = pd.concat([_rows(connection, query.sql) for query in found], ignore_index=True)
        frames.append(_in_words(rule, comparison, rows))
    frames.append(_silent(connection, frames, [rule for rule, _ in compared]))
    return pd.concat(frames, ignore_index=True)[[*CHECK_COLUMNS, "agency_name"]]


def compare_partitions(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The counts of reports by year and level against reviewed bounds, as `compare` returns its checks.

    `connection` holds `partition`: report_year, agency_level, reports, passed, least, most, share.
    """
    frames = []
    for rule, comparison in _compared():
        if comparison.kind == "partitions":
            left, _, right = sides(comparison.formula)
            rows = _rows(
                connection,
                f"""
                SELECT '' AS report_id, NULL::VARCHAR AS agency_id, '' AS agency_name,
                    report_year::INTEGER AS report_year,
                    report_year || '/' || agency_level AS location, ({left}) AS "left",
                    ({right}) AS "right", '' AS definition, '' AS evidence, '' AS cells, false AS doubtful
                FROM partition ORDER BY report_year, agency_level
                """,  # noqa: S608 - made of the rule book's own formulas
            )
            frames.append(_in_words(rule, comparison, rows))
    return pd.concat(frames, ignore_index=True)[[*CHECK_COLUMNS, "agency_name"]]


def peer_codes() -> list[str]:
    """The indicators whose change is compared with that of peers: what the rule book names as `peer.x`."""
    found: set[str] = set()
    for _, comparison in _compared():
        for chosen in _choices(comparison):
            named = _NAME.finditer(_fill(f"{comparison.when} {comparison.formula}", chosen))
            found |= {match[2] for match in named if match[1] == "peer"}
    return sorted(found)


def _choices(comparison: Comparison) -> Iterator[dict[str, str]]:
    """The values for which a comparison is made, by the names `each` gives them."""
    for values in product(*comparison.each.values()):
        yield dict(zip(comparison.each, values, strict=True))


def _compared() -> Iterator[tuple[Rule, Comparison]]:
    """Every rule that compares, with what it compares."""
    return ((rule, rule.comparison) for rule in load_rules().values() if rule.comparison)


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> pd.DataFrame:
    """The rows of a query. Counts and money come as Decimal: DuckDB's own frames would make them floats."""
    rows: pd.DataFrame = connection.execute(sql).to_arrow_table().to_pandas()
    return rows.astype({"left": object, "right": object})


# -- the panel -----------------------------------------------------------------------------------------------


def _make_panel(connection: duckdb.DuckDBPyConnection, columns: Iterable[str]) -> None:
    """One row a report, one column for each figure the formulas name."""
    columns = sorted(columns)
    asked = ", ".join(f"'{column}'" for column in columns if "@" in column)
    named = ", ".join(f'{_column(column)} AS "{column}"' for column in columns)
    figures = figures_sql("fact", "report_id")
    connection.execute(_PANEL.format(figures=figures, complete=is_complete(), asked=asked, named=named))


def _column(name: str) -> str:
    """The expression behind a column of the panel."""
    if name.startswith("issue_"):
        return _ISSUE.format(name.removeprefix("issue_"))
    if name.startswith("sketch_"):
        return _SKETCH.format(name.removeprefix("sketch_"))
    return _OF_REPORT.get(name, f'wide."{name}"')


@lru_cache(maxsize=1)
def _indicators() -> dict[str, str]:
    """Every code a formula may name, with the applicant it means if it names none."""
    found: dict[str, str] = {}
    for form in load_forms().values():
        for table in form.tables.values():
            for block in table.blocks:
                for line in block.every_line():
                    for column in block.leaves:
                        code, applicant = table.address(line, column)
                        found[code] = "total" if applicant else ""
        found |= {indicator.code: "" for indicator in form.prose}
    return found


# -- formulas ------------------------------------------------------------------------------------------------


class _Formula:
    """SQL for a formula of the rule book: codes become columns of the panel.

    `columns` are those it asks for, `own` those of the report at hand.
    """

    def __init__(self) -> None:
        self.columns: set[str] = set()
        self.own: set[str] = set()
        self.uses_prev = False

    def sql(self, text: str) -> str:
        """The formula with every name of the panel in its place."""
        return _NAME.sub(self._name, text)

    def _name(self, match: re.Match[str]) -> str:
        of, name, applicant = match.groups()
        if name in _indicators():
            column = f"{name}@{applicant or _indicators()[name]}"
        elif name in _OF_REPORT or name.startswith(("issue_", "sketch_")):
            column = name
        else:
            return match.group()
        self.columns.add(column)
        if of is None:
            self.own.add(column)
        if of in (None, "prev"):
            self.uses_prev |= of == "prev"
            return f'{of or "now"}."{column}"'
        if of == "peer":
            return _PEER.format(name)
        aggregate = {"usual": "median", "spread": "mad", "years": "count"}[of]
        return _OTHER_YEARS.format(aggregate=aggregate, column=column)


class _Query:
    """A SELECT of what a rule compares, and the columns of the panel it rests on.

    Columns: report_id, agency_id, agency_name, report_year, location, left, right, definition, evidence, cells,
    doubtful.
    """

    def __init__(self, sql: str, formula: _Formula) -> None:
        self.sql = sql
        self.columns = formula.columns | {"scope", "report_year", "agency_level", "agency_type"}


_FROM = """
    FROM panel AS now
    JOIN wanted ON wanted.report_id = now.report_id
    LEFT JOIN panel AS prev
        ON prev.agency_id = now.agency_id AND prev.scope = now.scope AND prev.report_year = now.report_year - 1
"""


def _queries(rule: Rule, comparison: Comparison) -> Iterator[_Query]:
    if comparison.kind == "statements":
        for quantity, definitions in rule.definitions.items():
            yield _statements(comparison, quantity, definitions)
    elif comparison.kind == "children":
        yield _children(comparison)
    elif comparison.kind == "twins":
        yield _twins(comparison)
    else:
        for chosen in _choices(comparison):
            at, when, formula = (_fill(text, chosen) for text in (comparison.at, comparison.when, comparison.formula))
            yield _of_report(rule, at or "/".join(chosen.values()), when, formula)


def _fill(text: str, chosen: Mapping[str, str]) -> str:
    for name, value in chosen.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def sides(formula: str) -> tuple[str, str, str]:
    """(left, relation, right) of a formula; the last relation outside of brackets parts it."""
    depth = 0
    for match in re.finditer(r"[()]|(?<![<>!])(?:<=|>=|=)", formula):
        if match.group() in "()":
            depth += 1 if match.group() == "(" else -1
        elif depth == 0 and not re.search(r"\bWHEN\b", formula[: match.start()].rpartition("END")[2]):
            return formula[: match.start()].strip(), match.group(), formula[match.end() :].strip()
    raise ValueError(f"{formula}: found no relation; expected =, >= or <= outside of brackets")


def _of_report(rule: Rule, location: str, when: str, formula: str) -> _Query:
    found = _Formula()
    left, _, right = (found.sql(part) for part in sides(formula))
    condition = found.sql(when)
    codes = _codes(found)
    editions = ", ".join(f"'{edition}'" for edition, form in load_forms().items() if {*form.lineage} & {*rule.editions})
    asked = f"list_has_any(now.editions, [{editions}])" if editions else "true"
    doubtful = f"coalesce(list_has_any(now.doubtful, [{codes}]), false)"
    evidence = "''"
    if found.uses_prev:
        doubtful += f" OR coalesce(list_has_any(prev.doubtful, [{codes}]), false)"
        evidence = "coalesce('report ' || prev.report_id || ' of ' || prev.report_year, '')"
    return _Query(
        f"""
        SELECT now.report_id, now.agency_id, now.agency_name, now.report_year, '{location}' AS location,
            ({left}) AS "left", ({right}) AS "right", '' AS definition, {evidence} AS evidence,
            '{_cells(found)}' AS cells, {doubtful} AS doubtful
        {_FROM}
        WHERE {asked} AND ({condition}) AND ({left}) IS NOT NULL AND ({right}) IS NOT NULL
        """,
        found,
    )


def _codes(formula: _Formula) -> str:
    """The indicators a formula rests on, parts included, as a list of literals."""
    named = {column.partition("@")[0] for column in formula.columns if "@" in column}
    named |= {part for code in named for part in subtotals().get(code, ())}
    return ", ".join(f"'{code}'" for code in sorted(named)) or "NULL"


def _cells(formula: _Formula) -> str:
    """The cells of the report at hand a formula rests on, as the column `cells` of a check lists them."""
    if "vector" in formula.own:
        return "*"
    own = (column.split("@") for column in sorted(formula.own) if "@" in column)
    cells = ((part, applicant) for code, applicant in own for part in (code, *subtotals().get(code, ())))
    return " ".join("/".join(filter(None, cell)) for cell in cells)


def _statements(comparison: Comparison, quantity: str, definitions: tuple[Definition, ...]) -> _Query:
    """What the prose states of a quantity, held against the first definition that fits, else the first there is."""
    found, compared = _Formula(), _Formula()
    meant = [(definition.name, found.sql(definition.formula)) for definition in definitions]
    compared.sql(definitions[0].formula)
    fits = " ".join(f"WHEN said.value = {sql} THEN {sql}" for _, sql in meant)
    named = " ".join(f"WHEN said.value = {sql} THEN '{name}'" for name, sql in meant)
    first = ", ".join(sql for _, sql in meant)
    condition = found.sql(comparison.when).replace("quote", "said.quote")
    return _Query(
        f"""
        SELECT now.report_id, now.agency_id, now.agency_name, now.report_year, '{quantity}' AS location,
            said.value AS "left", CASE {fits} ELSE coalesce({first}) END AS "right",
            CASE {named} ELSE '' END AS definition, said.quote AS evidence, '{_cells(compared)}' AS cells,
            coalesce(list_has_any(now.doubtful, [{_codes(found)}]), false) AS doubtful
        {_FROM}
        JOIN statement AS said ON said.report_id = now.report_id AND said.quantity = '{quantity}'
        WHERE ({condition}) AND said.value IS NOT NULL AND coalesce({first}) IS NOT NULL
        -- A sentence that gives a part beside the whole is no contradiction: the figure that fits is the one compared.
        QUALIFY row_number() OVER (PARTITION BY now.report_id ORDER BY definition = '', said.value DESC) = 1
        """,
        found,
    )


_CHILD = """child AS (
            SELECT report.* FROM report
            QUALIFY row_number() OVER (
                PARTITION BY agency_id, report_year ORDER BY scope <> 'area', scope, report_id
            ) = 1
        )"""
_FROM_BELOW = """FROM panel AS now
        JOIN wanted ON wanted.report_id = now.report_id
        JOIN child ON child.parent_id = now.agency_id AND child.report_year = now.report_year
        JOIN fact ON fact.report_id = now.report_id AND fact.value IS NOT NULL AND fact.table_key <> 'fees'
        JOIN fact AS below
            ON below.report_id = child.report_id AND below.indicator_code = fact.indicator_code
            AND below.applicant_code = fact.applicant_code AND below.value IS NOT NULL"""


def _children(comparison: Comparison) -> _Query:
    """Each cell of a report on a whole area against the sum over the agencies right below it."""
    return _Query(
        f"""
        WITH {_CHILD}
        SELECT now.report_id, now.agency_id, now.agency_name, now.report_year,
            concat_ws('/', fact.indicator_code, nullif(fact.applicant_code, '')) AS location,
            any_value(fact.value) AS "left", sum(below.value) AS "right", '' AS definition,
            count(DISTINCT child.report_id) || ' reports from below' AS evidence, location AS cells,
            bool_or(fact.issue <> '' OR below.issue <> '') AS doubtful
        {_FROM_BELOW}
        WHERE now.scope = 'area' AND {comparison.when.replace("indicator_code", "fact.indicator_code")}
        GROUP BY ALL
        """,  # noqa: S608 - made of the rule book's own conditions
        _Formula(),
    )


def _twins(comparison: Comparison) -> _Query:
    """Each long figure of a report against that of an agency right below it, where both print the same or two digits
    beside each other are exchanged.
    """
    digits = "regexp_replace({}.value::VARCHAR, '\\.?0+$', '')"
    above, below = digits.format("fact"), digits.format("below")
    return _Query(
        f"""
        WITH {_CHILD}
        SELECT now.report_id, now.agency_id, now.agency_name, now.report_year,
            concat_ws('/', fact.indicator_code, nullif(fact.applicant_code, '')) AS location,
            fact.value AS "left", below.value AS "right", '' AS definition,
            child.agency_name || ', report ' || child.report_id AS evidence, location AS cells,
            fact.issue <> '' OR below.issue <> '' AS doubtful
        {_FROM_BELOW}
        WHERE {comparison.when.format(above=above, below=below)}
            AND (fact.value = below.value OR damerau_levenshtein({above}, {below}) = 1
                AND list_sort(string_split({above}, '')) = list_sort(string_split({below}, '')))
        QUALIFY row_number() OVER (PARTITION BY now.report_id, location ORDER BY "left" = "right", evidence) = 1
        """,
        _Formula(),
    )


# -- words ---------------------------------------------------------------------------------------------------


def _in_words(rule: Rule, comparison: Comparison, rows: pd.DataFrame) -> pd.DataFrame:
    relation = sides(comparison.formula)[1]
    holds = {"=": operator.eq, ">=": operator.ge, "<=": operator.le}[relation]
    said = []
    for location, left, right in rows[["location", "left", "right"]].itertuples(index=False, name=None):
        values = {"location": location, "left": _shown(left), "right": _shown(right)}
        message = Text("", "")
        if not holds(left, right):
            label = _label(rule, location)
            message = rule.fail.format({**values, "label": label.zh}, {**values, "label": label.en})
        said.append((rule.found.format_map(values), rule.expected.format_map(values), message.zh, message.en))
    words = pd.DataFrame(said, columns=["found", "expected", "message_zh", "message_en"], index=rows.index)
    attribution = rows["doubtful"].astype(bool).map({True: "reading", False: rule.attribution})
    return rows.assign(
        report_year=rows["report_year"].astype("Int64"), table_key=rule.table, check_code=rule.code,
        severity=rule.severity, relation=relation, blanks=0, unknowns=0, attribution=attribution, suggested_value=None,
        found=words["found"], expected=words["expected"], message_zh=words["message_zh"],
        message_en=words["message_en"],
    )  # fmt: skip


def _shown(side: Decimal | int | float) -> str:
    """A side as a person writes it: counts and money with every digit, ratios and distances as far as a float goes."""
    return f"{side:.15g}" if isinstance(side, float) else plain(Decimal(side))


def _label(rule: Rule, location: str) -> Text:
    if location in rule.quantities:
        return rule.quantities[location]
    label = place_labels().get(location)
    return Text(label.zh, label.en) if label else Text(location, location)


def _silent(connection: duckdb.DuckDBPyConnection, frames: list[pd.DataFrame], rules: list[Rule]) -> pd.DataFrame:
    """A row for every rule that had nothing to compare in a wanted report."""
    keys = "report_id, agency_id, agency_name, report_year::INTEGER AS report_year"
    wanted = connection.execute(f"SELECT {keys} FROM panel SEMI JOIN wanted USING (report_id)").df()  # noqa: S608
    reports = pd.Index(wanted["report_id"].astype(object))
    places = np.arange(len(reports))
    without = [np.setdiff1d(places, reports.get_indexer(pd.unique(f["report_id"].astype(object)))) for f in frames]
    counts = [len(found) for found in without]
    of_rule = {
        "table_key": [rule.table for rule in rules],
        "check_code": [rule.code for rule in rules],
        "severity": [rule.severity for rule in rules],
    }
    return wanted.iloc[np.concatenate(without)].assign(
        **{name: np.repeat(np.array(values, dtype=object), counts) for name, values in of_rule.items()},
        location="", relation="=", left=0, right=0, blanks=0, unknowns=1, attribution="", definition="",
        evidence="", cells="", expected="", found="", suggested_value=None, message_zh="", message_en="",
    ).astype({"report_year": "Int64"})  # fmt: skip
