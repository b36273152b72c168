"""Tests of the models and of the door for foreign text."""
