"""What it means: numbers, agencies, years and units; facts and residuals."""
