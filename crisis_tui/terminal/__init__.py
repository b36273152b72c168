"""What lies between Textual and the SSH link.

Import `profile` first: it must be applied before anything imports textual.
"""
