"""What is said to a person: the terminal, Prefect's pages, metrics."""
