"""How mentions come in: one file a network, one small interface."""
