"""Tests of the widgets: pure layouts as data, panes as plain text frames."""
