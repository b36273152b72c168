"""Tests of the dashboard below its screens."""
