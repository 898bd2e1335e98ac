"""The dashboard: a static site built from the views of the warehouse, for people who look rather than query.

    index.html coverage.html quality.html compare.html report.html runs.html ask.html
    static/  vendor/               scripts and styles; libraries as published, with their licences
    data/site.js                   years, provinces, words, labels: what every page needs
    data/<view>….js                rows of views, a shard a region or year, loaded as pages need them

A page opened from a folder may not fetch files, only run scripts of its own site: so data are scripts that call
`gongkai.put` with JSON, compressed where it is long. The pages compute nothing; every figure is one of a view.
"""

from warehouse.dashboard.build import Site, build
from warehouse.dashboard.serve import Server

__all__ = ["Server", "Site", "build"]
