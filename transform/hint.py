"""What is known of a document before it is read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hint:
    """What whoever brought a document knows of it: the agency by name, the report year; '' and None for nothing."""

    agency: str = ""
    year: int | None = None


NO_HINT = Hint()
