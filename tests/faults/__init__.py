"""Tests that kill, fill up and take away."""
