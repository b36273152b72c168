"""The dashboard as people see and use it."""
