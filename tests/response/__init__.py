"""Tests of what people do in an incident."""
