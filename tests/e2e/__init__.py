"""The program as it is handed over: built, installed elsewhere, and run as a person would."""
