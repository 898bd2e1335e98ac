"""Which agency a printed name means.

A name is read from its left end as a chain of divisions that nest by code (province, prefecture, county,
township), followed by the kind of body it is: a government, its office, a department, a zone. A name that
fits two places is never decided by guessing; it comes back unresolved with its candidates.

Division codes: GB/T 2260 to county level, below it the statistical bureau's (`transform.reference`).
`gazetteer` has the places and their names, `wording` the words names of bodies are made of, `roster` the agency of an
id, `lookup` the agency of a name.
"""

from transform.agencies.agency import CENTRAL, Agency, AgencyType, Resolution
from transform.agencies.lookup import Directory
from transform.agencies.wording import simplified

__all__ = ["CENTRAL", "Agency", "AgencyType", "Directory", "Resolution", "simplified"]
