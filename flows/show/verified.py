"""What `gongkai verify` found and mended, on the screen and for programs."""

from typing import Any

from rich.console import Console

from flows.repair import Repaired

_LISTED = 60
_REPORTS = 5


def in_rows(repaired: Repaired) -> dict[str, Any]:
    """Damages, each with file, what was found, what mended it, and the reports that rest on it."""
    rows = [
        {"file": damage.file, "found": damage.found, "mended": _mended(repaired, damage.mended),
         "reports": list(damage.reports)}
        for damage in repaired.verified.all
    ]  # fmt: skip
    before = str(repaired.before) if repaired.before else None
    return {"damages": rows, "rebuilt": before is not None, "before": before, "lost": list(repaired.unread)}


def _mended(repaired: Repaired, mended: str) -> str:
    return mended or ("the originals" if repaired.before is not None else "")


def show_verified(console: Console, repaired: Repaired) -> None:
    """A line a damaged file, then what is to be done."""
    damages = repaired.verified.all
    for damage in damages[:_LISTED]:
        mended = _mended(repaired, damage.mended)
        line = f"{'✓' if mended else '✗'} {damage.file}: {damage.found}"
        line += f"; made good from {mended}" if mended else ""
        if damage.reports and not mended:
            more = f" and {len(damage.reports) - _REPORTS} more" if len(damage.reports) > _REPORTS else ""
            line += f"; reports {', '.join(damage.reports[:_REPORTS])}{more}"
        console.print(line, soft_wrap=True)
    if len(damages) > _LISTED:
        console.print(f"and {len(damages) - _LISTED} more: --json lists all")
    commits = len(repaired.verified.log.commits)
    if repaired.before is not None:
        console.print(f"the lake was built anew from the originals; what it was lies in {repaired.before}")
    for name in repaired.unread:
        console.print(f"✗ {name}: its original is lost; put the file in a folder and name that, or restore a copy")
    if not damages:
        console.print(f"✓ nothing is damaged: {commits} commits")
    elif repaired.needs_a_person and not repaired.unread:
        console.print("next step: gongkai verify --repair, with the folders or --sources the originals came from")
