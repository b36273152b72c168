"""What outlives the screen: models, the door for foreign text, the store, sources and the library."""
