"""What an agency is, and what a name came to."""

from dataclasses import dataclass
from typing import Literal

AgencyType = Literal["gov", "gov_office", "dept", "street", "township", "zone"]

CENTRAL = "000000000000"


@dataclass(frozen=True, slots=True)
class Agency:
    """One public body.

    ``agency_id`` is the 12-digit division code for governments, townships, streets and zones that have one of
    their own; any other body is ``<code of its government>-<its name without the place>``, in Han characters.
    """

    agency_id: str
    division_code: str
    name: str
    level: int  # 0 central, 1 province, 2 prefecture, 3 county, 4 township
    type: AgencyType
    province: str
    prefecture: str
    county: str
    parent_id: str | None


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a name resolved to: an agency, or None with the agencies it might be, and why in one line."""

    agency: Agency | None
    candidates: tuple[Agency, ...]
    evidence: str
