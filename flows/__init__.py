"""When: the Prefect flow, the settings and the command line."""
