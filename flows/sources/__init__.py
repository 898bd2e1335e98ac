"""Where files come from: folders, addresses, declared sources of reports."""
