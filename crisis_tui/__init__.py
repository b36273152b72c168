"""A terminal dashboard for the people on call when a brand is in trouble on social media."""

__version__ = "0.1.0"
