"""What a person sees and touches: widgets that draw the values they are given and post messages."""
