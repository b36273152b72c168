"""How the model of sentiment is made and measured; never imported by the program, and not in the wheel."""
