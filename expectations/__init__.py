"""Is it fit to show: Great Expectations suites rendered from the forms, and verdicts."""
