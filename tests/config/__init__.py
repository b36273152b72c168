"""Tests of settings and places."""
