"""What a night reads of forms, rules and names before its first file: a process forked from one that has imported this
begins with its files.
"""

from expectations.rules import load_rules
from extract.forms import load_forms
from extract.vocabulary import vocabulary
from tests.prepared import build_on_it_as_told
from transform.agencies import Directory
from warehouse.catalogues import catalogues

for load in (load_forms, vocabulary, load_rules, Directory.load, catalogues):
    load()
build_on_it_as_told()
