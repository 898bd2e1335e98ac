"""The figures of a report: what it prints, and what stands for a group of lines it prints in parts.

A group stands for its parts. Its figure is the sum of the parts a page prints; where they are not all numbers and the
page prints the group as well, the printed subtotal; where it does not, the sum of those that are numbers; none, and
never 0, where nothing is printed. How many parts there are and how many of them are numbers stands beside it.
"""

from extract.forms import subtotals


def figures_sql(cells: str, report: str, subtotals_from: str = "") -> str:
    """SQL for the figures of the reports in a relation of cells.

    `cells` names a relation with the columns `report` lists, table_key, indicator_code, applicant_code and value, null
    for what is no number; cells the page does not have are among them. Out come the same columns, and `parts`,
    `parts_printed` (how many are numbers) and `is_whole` (the subtotal printed on the page, or no group at all).
    `subtotals_from` selects rows of `subtotals_sql` that were computed before.
    """
    wholes = ", ".join(f"'{whole}'" for whole in subtotals())
    return f"""
        SELECT {report}, table_key, indicator_code, applicant_code, value, 1 AS parts,
            (value IS NOT NULL)::INTEGER AS parts_printed, TRUE AS is_whole
        FROM {cells} WHERE indicator_code NOT IN ({wholes})
        UNION ALL
        {subtotals_from or subtotals_sql(cells, report)}
    """  # noqa: S608 - names of this package and codes of the forms


def subtotals_sql(cells: str, report: str) -> str:
    """SQL for the figures of groups alone, as `figures_sql` has them."""
    roles = [(part, whole, True) for whole, parts in subtotals().items() for part in parts]
    roles += [(whole, whole, False) for whole in subtotals()]
    values = ", ".join(f"('{code}', '{whole}', {is_part})" for code, whole, is_part in roles)
    return f"""
        SELECT {report}, table_key, indicator_code, applicant_code,
            CASE WHEN is_whole THEN subtotal ELSE TRY_CAST(sum_of_parts AS DECIMAL(18,6)) END AS value, parts,
            parts_printed, is_whole
        FROM (
            SELECT {report}, table_key, role.whole AS indicator_code, applicant_code,
                (count(*) FILTER (role.is_part))::INTEGER AS parts,
                (count(value) FILTER (role.is_part))::INTEGER AS parts_printed,
                sum(value) FILTER (role.is_part) AS sum_of_parts, max(value) FILTER (NOT role.is_part) AS subtotal,
                subtotal IS NOT NULL AND (parts = 0 OR parts_printed < parts) AS is_whole
            FROM {cells} JOIN (VALUES {values}) AS role(code, whole, is_part) ON role.code = indicator_code
            GROUP BY {report}, table_key, role.whole, applicant_code
        )
    """  # noqa: S608 - names of this package and codes of the forms


def is_complete() -> str:
    """SQL that tells whether a figure of `figures_sql` leaves nothing out."""
    return "(is_whole OR parts_printed = parts)"
